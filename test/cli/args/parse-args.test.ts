import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { allOptions, type Command } from "../../../cli/args/command.ts";
import { COMMANDS } from "../../../cli/args/commands.ts";
import { optionName } from "../../../cli/args/option.ts";
import { ADVICE_BY_COMMAND, ADVICE_BY_OPTION } from "../../../cli/args/terraform-advice.ts";
import { Sandbox } from "../../support/sandbox.ts";

const FILE = "contacts: { a: { handles: [{ source: email, handle: a@x.example }] } }\n";

test("help lists every command", async () => {
  await using sandbox = Sandbox.withoutFront();
  const { code, out, err } = await sandbox.run("--help");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  for (const [name, { description }] of Object.entries(COMMANDS)) {
    expect(out.replace(/\s+/g, " ")).toContain(` ${name} ${description}`);
  }
});

test.each(["", "-h", "help"])("%j shows the program help", async (command) => {
  await using sandbox = Sandbox.withoutFront();
  expect(await sandbox.run(command)).toEqual(await sandbox.run("--help"));
});

test.each(["help plan", "plan -h", "plan --help --json", "-h plan"])("%s shows the help for plan", async (command) => {
  await using sandbox = Sandbox.withoutFront();
  expect(await sandbox.run(command)).toEqual(await sandbox.run("plan --help"));
});

test.each(["--version", "-v", "version", "version --json"])("%s shows the version of the package", async (command) => {
  await using sandbox = Sandbox.withoutFront();
  expect(await sandbox.succeed(command)).toBe(`${JSON.parse(readFileSync("package.json", "utf8")).version}\n`);
});

test.each([
  ["plna", /Unknown command "plna"\s+Did you mean "plan"\? Run 'front-contacts --help' for usage\./],
  ["frobnicate", /Unknown command "frobnicate"\s+Run 'front-contacts --help' for usage\./],
  ["constructor", /Unknown command "constructor"\s+Run 'front-contacts --help' for usage\./],
  ["plan --constructor", /Unknown option "--constructor"\s+(Did|Run)/],
  ["help plna", /Unknown command "plna"/],
  ["plan extra", /Unexpected argument "extra"\s+Run 'front-contacts plan --help' for usage\./],
  ["apply --dry-rnu", /Unknown option "--dry-rnu"\s+Did you mean --dry-run\?/],
  ["apply -auto-aprove", /Unknown option "--auto-aprove"\s+Did you mean --auto-approve\?/],
  ["plan --ouput=x", /Unknown option "--ouput"\s+Did you mean --out\?/],
  ["plan --output x", /Unknown option "--output"\s+Did you mean --out\?/],
  ["apply -y", /Unknown option "-y"\s+To apply without a prompt, use --auto-approve\./],
  ["apply --yes", /Unknown option "--yes"\s+To apply without a prompt, use --auto-approve\./],
  ["plan -o plan.json", /Unknown option "-o"\s+To save a plan, use --out FILE\./],
  ["-C contacts plan", /Unknown option "-C"\s+Use --contacts DIRECTORY/],
  ["plan -x", /Unknown option "-x"\s+Run 'front-contacts plan --help' for usage\./],
  ["apply --approve", /Unknown option "--approve"\s+Did you mean --auto-approve\?/],
  ["validate --out x", /Unknown option "--out"\s+Only plan and undo accept this option\./],
  ["fmt --html x", /Unknown option "--html"\s+Only plan, apply, show, history and undo accept this option\./],
  ["apply --auto-approve no", /"no" does not exist/],
  ["apply --dry-run=yes", /"yes" is not a valid value for --dry-run/],
  ["plan --detailed-exitcode=", /Missing value for --detailed-exitcode/],
  ["plan --parallelism abc", /"abc" is not a valid value for --parallelism\s+Use a whole number of at least 1\./],
  ["plan --parallelism 0", /"0" is not a valid value for --parallelism/],
  ["plan --reserve 200%", /"200%" is not a valid value for --reserve\s+Use a whole percentage from 0% to 99%/],
  ["plan --reserve 0.2", /"0\.2" is not a valid value for --reserve\s+Use a whole percentage from 0% to 99%/],
  ["plan --reserve 12.5%", /"12\.5%" is not a valid value for --reserve/],
  ["plan --contacts", /Missing value for --contacts\s+Use --contacts DIRECTORY\./],
  ["plan --max-requests=", /Missing value for --max-requests\s+Use --max-requests N\./],
  ["plan --max-requests -1", /--max-requests/],
  ["plan --reserve -5%", /"-5%" is not a valid value for --reserve/],
  ["show", /Missing required argument FILE\s+FILE: Plan saved with --out\. Run/],
  ["show --verbose plan.json", /Unknown option "--verbose"/],
  ["show plan.json --html ./plan.json", /--html would overwrite the plan "plan\.json"\s+Specify another file/],
  ["apply plan.json --html plan.json", /--html would overwrite the plan "plan\.json"/],
  ["undo plan.json --out plan.json", /--out would overwrite the plan "plan\.json"/],
  ["undo --out a --html a", /--out and --html specify the same file, "a"\s+Specify different files\./],
  ["plan --out a --html ./a", /--out and --html specify the same file, "\.\/a"/],
  ["apply -- --dry-run", /Unexpected option "--dry-run" after --/],
  ["apply -- none.json", /"none\.json" does not exist/],
  ["validate -- foo", /foo/],
  ["plan --out contacts/a.yaml", /"contacts\/a\.yaml" has the name of a configuration file/],
  ["plan --trace contacts/a.YML", /has the name of a configuration file/],
  ["schema --to contacts/a.yaml", /has the name of a configuration file/],
  ["plan --contacts a --contacts b", /--contacts is specified more than once/],
  ["plan --format yaml", /Use one of: text, json, markdown, html\./],
  ["plan --mask --no-mask", /--mask and --no-mask cannot be combined/],
  ["validate --mask --no-mask", /--mask and --no-mask cannot be combined/],
  ["plan --max-duration 10", /"10" is not a valid value for --max-duration/],
  ["plan --max-duration soon", /"soon" is not a valid value for --max-duration/],
  ["plan --max-requests 1.5", /"1\.5" is not a valid value for --max-requests/],
  ["plan --refresh all", /Use one of: auto, scan, lookup, changes\./],
  ["plan --target=", /Missing value for --target\s+Use --target ADDRESS\./],
  ["plan --target front_contact.a --exclude front_contact.b", /--target and --exclude cannot be combined/],
  ["import --all --dry-run=all", /"all" is not a valid value for --dry-run/],
  ["import --all --dry-run=full --dry-run", /--dry-run is specified more than once/],
  ["apply none.json --allow-changes 5", /--allow-changes has no effect on a saved plan/],
  ["apply --detached --auto-approve", /--detached requires a saved plan/],
  ["emulator front-contacts plan --full", /Unexpected argument "front-contacts"\s+Put -- before the command to run\./],
])("%s is a usage error and sends no request", async (command, message) => {
  await using sandbox = await Sandbox.withFront();
  sandbox.write("contacts/a.yaml", FILE);
  const { code, out, err } = await sandbox.run(command);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(message);
  expect(err).not.toMatch(/^\s+at /m);
  expect(sandbox.front.requests).toEqual([]);
});

test.each([
  ["destroy -auto-approve", /Unknown command "destroy"\s+.*'ensure: absent'/],
  ["help destroy", /Unknown command "destroy"\s+.*'ensure: absent'/],
  ["refresh", /Unknown command "refresh"\s+.*Run 'front-contacts plan'/],
  ["state list", /Unknown command "state"\s+There is no state file/],
  [
    "import front_contact.dale crd_1",
    /"front_contact\.dale" is a resource address.*\s+.*'front-contacts import crd_1'/,
  ],
  ["import front_account.fbi acc_1", /"front_account\.fbi" is a resource address.*\s+.*use --accounts/],
  ["plan -lock=false", /Unknown option "--lock"\s+There is no state file to lock.* Omit this option/],
  ["plan -refresh=false", /--refresh=false is not supported\s+.*--refresh changes/],
  ["fmt -check -recursive", /Unknown option "--recursive"\s+Subdirectories are always included/],
  ["init -upgrade", /Unknown option "--upgrade"\s+There are no providers/],
  ["fmt contacts/a.yaml", /Unexpected argument "contacts\/a\.yaml"\s+The command reads all files in the contacts/],
  ["plan front_contact.dale", /Unexpected argument "front_contact\.dale"\s+.*use --target ADDRESS/],
  ["apply contacts/a.yaml", /"contacts\/a\.yaml" is not a plan\s+A plan includes all files in the contacts directory/],
  ["plan -destroy", /Unknown option "--destroy"\s+.*'ensure: absent'.*'front-contacts apply'/],
  ["plan -var-file=prod.tfvars", /Unknown option "--var-file"\s+The configuration has no variables/],
])("Terraform's %s is an error with specific advice", async (command, message) => {
  await using sandbox = Sandbox.withoutFront().write("contacts/a.yaml", FILE);
  expect(await sandbox.fail(command)).toMatch(message);
});

test("commands and options with advice for Terraform users do not exist, except --state of the emulator", () => {
  const options = Object.entries<Command>(COMMANDS).flatMap(([name, command]) =>
    Object.keys(allOptions(command)).map((option) => [name, optionName(option)] as const),
  );
  expect([...ADVICE_BY_COMMAND.keys()].filter((name) => name in COMMANDS)).toEqual([]);
  expect(options.filter(([, option]) => ADVICE_BY_OPTION.has(option))).toEqual([["emulator", "state"]]);
});

test("--contacts sets the directory of the configuration", async () => {
  await using sandbox = Sandbox.withoutFront();
  sandbox.write("people/a.yaml", FILE);
  await sandbox.succeed("validate --contacts people");
  expect(await sandbox.fail("validate")).toContain("contacts");
});

test.each([
  ["--json=true", true],
  ["--json=false", false],
  ["-json", true],
  ["-json=false", false],
])("a boolean option accepts true and false: %s", async (flag, json) => {
  await using sandbox = Sandbox.withoutFront();
  sandbox.write("contacts/a.yaml", FILE);
  const { code, out } = await sandbox.run(`validate ${flag}`);
  expect({ code, json: out.startsWith("{") }).toEqual({ code: 0, json });
});

test.each(Object.entries<Command>(COMMANDS))("no option of %s has the same name as its argument", (_, command) => {
  expect(Object.keys(allOptions(command)).map(optionName)).not.toContain(command.argument?.name);
});
