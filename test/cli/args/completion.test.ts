import { spawnSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import { complete } from "../../../cli/args/completion.ts";
import { Sandbox } from "../../support/sandbox.ts";

const NOTHING_SAVED = { runs: () => [], plans: () => [] };

test.each<[line: string, completions: readonly string[]]>([
  ["pl", ["plan"]],
  ["va", ["validate"]],
  ["x", []],
  ["plan --det", ["--detailed-exitcode"]],
  ["plan -det", ["-detailed-exitcode"]],
  ["plan --no", ["--no-mask", "--no-color"]],
  ["apply --auto", ["--auto-approve"]],
  ["plan --auto", []],
  ["--no-color ap", ["apply"]],
  ["plan --json --js", []],
  ["plan --target a --tar", ["--target"]],
  ["plan --target ", []],
  ["plan --target=a --det", ["--detailed-exitcode"]],
  ["plan --refresh ", ["auto", "scan", "lookup", "changes"]],
  ["plan --refresh l", ["lookup"]],
  ["plan --refresh x", []],
  ["plan --refresh=l", ["--refresh=lookup"]],
  ["plan -refresh=l", ["-refresh=lookup"]],
  ["plan --refresh = l", ["lookup"]],
  ["plan --refresh =", ["auto", "scan", "lookup", "changes"]],
  ["plan --target = a --det", ["--detailed-exitcode"]],
  ["plan --out=", []],
  ["completion ", ["bash", "zsh", "fish"]],
  ["completion z", ["zsh"]],
  ["completion --no-color z", ["zsh"]],
  ["completion zsh f", []],
])("front-contacts %s completes to %j", (line, completions) => {
  expect(complete(line.split(" "), NOTHING_SAVED)).toEqual(completions);
});

test("an empty line completes to commands, and a command name to options of that command", () => {
  expect(complete([""], NOTHING_SAVED)).toEqual(expect.arrayContaining(["validate", "plan", "apply", "completion"]));
  expect(complete(["plan", ""], NOTHING_SAVED)).toEqual(expect.arrayContaining(["--json", "--contacts", "--help"]));
});

const [LATEST, EARLIER] = ["20260302T093000.123Z-5f0c11d2", "20260301T080000.000Z-ab16f855"] as const;
const SAVED = {
  runs: (contacts: string) => (contacts === "people" ? [EARLIER] : [LATEST, EARLIER]),
  plans: (start: string) => ["2-plan.json", "out/plan.json"].filter((path) => path.startsWith(start)),
};

test.each<[line: string, completions: readonly string[]]>([
  ["history ", [LATEST, EARLIER]],
  ["history 20260301", [EARLIER]],
  ["history 5f", ["5f0c11d2"]],
  ["history x", []],
  ["history --json ", [LATEST, EARLIER]],
  ["--contacts people history ", [EARLIER]],
  ["history --contacts=people ", [EARLIER]],
  ["undo 2", [LATEST, EARLIER, "2-plan.json"]],
  ["undo out/", ["out/plan.json"]],
  ["undo ab", ["ab16f855"]],
  [`undo ${LATEST} --dr`, ["--dry-run"]],
  ["undo --out ", []],
  ["apply ", ["2-plan.json", "out/plan.json"]],
  ["show out", ["out/plan.json"]],
  ["plan 2", []],
])("with recorded runs and saved plans, front-contacts %s completes to %j", (line, completions) => {
  expect(complete(line.split(" "), SAVED)).toEqual(completions);
});

test("options are completed after the argument of a command", () => {
  expect(complete(["history", LATEST, ""], SAVED)).toContain("--json");
});

test("--get-yargs-completions prints recorded runs and saved plans without sending requests", async () => {
  await using sandbox = await Sandbox.withFront();
  sandbox.write("contacts/a.yaml", "contacts: { a: { handles: [{ source: email, handle: a@x.example }] } }\n");
  await sandbox.run("plan --out plan.json");
  await sandbox.run("apply --auto-approve");
  sandbox.write("other.json", "{}").write("plans of may.json", "").write("contacts/.front-contacts/runs/x.json", "{}");
  const { requests } = sandbox.front;
  const before = requests.length;
  const listed = await sandbox.succeed("--get-yargs-completions history 2");
  const [id = ""] = listed.split("\n");
  expect(listed).toBe(`${id}\n`);
  expect(await sandbox.succeed("history")).toContain(id);
  expect(await sandbox.succeed("--get-yargs-completions show ./p")).toBe("./plan.json\n");
  expect(await sandbox.succeed("--get-yargs-completions apply o")).toBe("");
  expect(await sandbox.succeed("--get-yargs-completions undo p")).toBe("plan.json\n");
  expect(requests).toHaveLength(before);
});

test("--get-yargs-completions prints one completion per line", async () => {
  await using sandbox = Sandbox.withoutFront();
  expect(await sandbox.run("--get-yargs-completions plan --allow")).toEqual({
    code: 0,
    out: "--allow-handle-moves\n--allow-changes\n--allow-removals\n",
    err: "",
  });
});

test.each([
  ["completion bash", {}, /^complete .*-F _front_contacts front-contacts$/m],
  ["completion zsh", {}, /^#compdef front-contacts\n/],
  ["completion fish", {}, /^complete -c front-contacts /m],
  ["completion", { SHELL: "/usr/bin/zsh" }, /^#compdef front-contacts\n/],
])("%s in the environment %j prints the completion script for the shell", async (command, env, script) => {
  await using sandbox = Sandbox.withoutFront();
  const { code, out, err } = await sandbox.run(command, { env });
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(script);
});

test.each([
  ["completion tcsh", {}, /"tcsh" is not a supported shell/],
  ["completion", {}, /SHELL is not set/],
  ["completion __proto__", {}, /"__proto__" is not a supported shell/],
])("%s in the environment %j fails and lists the supported shells", async (command, env, message) => {
  await using sandbox = Sandbox.withoutFront();
  const { code, out, err } = await sandbox.run(command, { env });
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(message);
  expect(err).toContain("bash, zsh, fish");
});

test("the completion script for Bash completes an option", async () => {
  await using sandbox = Sandbox.withoutFront();
  const script = await sandbox.succeed("completion bash");
  const completions = complete(["plan", "--det"], NOTHING_SAVED).join("\n");
  const session = `
    ${script}
    front-contacts() { [ "$1 $2 $3" = "--get-yargs-completions plan --det" ] && echo '${completions}'; }
    COMP_WORDS=(front-contacts plan --det)
    COMP_CWORD=2
    _front_contacts
    printf '%s|' "\${COMPREPLY[@]}"
  `;
  expect(spawnSync("bash", ["-c", session], { encoding: "utf8" })).toMatchObject({
    status: 0,
    stdout: "--detailed-exitcode|",
    stderr: "",
  });
});
