import { execSync, spawn } from "node:child_process";
import { chmodSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { createPlannedChange, DALE, readPlan, TOWN } from "../support/planned-change.ts";
import { Sandbox } from "../support/sandbox.ts";

test("plan --out writes a file that only its owner can read, and prints the command that applies the plan", async () => {
  await using sandbox = await Sandbox.withFront();
  const { out, err } = await sandbox.write("contacts/town.yaml", TOWN).run("plan --out plan.json");
  expect(statSync(join(sandbox.directory, "plan.json")).mode & 0o777).toBe(0o600);
  expect(out).toContain("Plan: 3 to add, 0 to change, 0 to destroy.");
  expect(err).toContain("front-contacts apply plan.json");
  expect(JSON.stringify(readPlan(sandbox))).not.toContain(sandbox.front.token);
});

test("plan --out reports a path that cannot be written, without sending a request", async () => {
  await using sandbox = await Sandbox.withFront();
  const err = await sandbox.write("contacts/town.yaml", TOWN).fail("plan --out nowhere/plan.json");
  expect(err).toContain('"nowhere/plan.json" cannot be written (ENOENT)');
  expect(sandbox.front.requests).toEqual([]);
});

test.each(["/dev/null", "contacts"])("plan --out does not replace %s", async (location) => {
  await using sandbox = await Sandbox.withFront();
  const err = await sandbox.write("contacts/town.yaml", TOWN).fail(`plan --out ${location}`);
  expect(err).toContain(`"${location}" is not a regular file`);
  expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
});

test.each(["plan --out -", "plan --html -", "plan --trace -", "schema --to -", "snapshot -", "snapshot --no-color -"])(
  "%s is an error, and creates no file",
  async (command) => {
    await using sandbox = await Sandbox.withFront();
    const err = await sandbox.write("contacts/town.yaml", TOWN).fail(command);
    expect(err).toContain('"-" is not a valid output file\n\n  Specify a file name.');
    expect(existsSync(join(sandbox.directory, "-"))).toBe(false);
    expect(sandbox.front.requests).toEqual([]);
  },
);

test("show prints the saved plan without requests", async () => {
  await using sandbox = await createPlannedChange();
  const before = sandbox.front.requests.length;
  const { code, out, err } = await sandbox.run("show plan.json");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toContain('~ "Job Title" = "FBI Special Agent" -> "Sheriff"');
  expect(out).toContain("Plan: 0 to add, 2 to change, 0 to destroy.");
  expect(JSON.parse(await sandbox.succeed("show plan.json --json"))).toMatchObject({
    resource_changes: [{ address: "front_contact.dale-cooper" }, { address: "front_contact.harry-truman" }],
    applyable: true,
  });
  expect(sandbox.front.requests).toHaveLength(before);
});

test("a saved plan may have the extension of a configuration file", async () => {
  await using sandbox = await createPlannedChange();
  sandbox.write("plan.yaml", sandbox.read("plan.json"));
  expect(await sandbox.succeed("show plan.yaml")).toBe(await sandbox.succeed("show plan.json"));
});

test("the plan file contains no unmanaged custom fields and no unchanged contacts", async () => {
  await using sandbox = await Sandbox.withFront({ behavior: { phoneForm: "e164" } });
  await sandbox.write("contacts/town.yaml", TOWN).run("apply --auto-approve");
  await sandbox.front.asTeammate("POST", `${DALE}/handles`, { source: "phone", handle: "+13605550123" });
  await sandbox.front.asTeammate("PATCH", DALE, {
    custom_fields: { "Job Title": "FBI Special Agent", Location: "Spokane" },
  });
  await sandbox.write("contacts/town.yaml", TOWN.replace("Special agent.", "Sheriff.")).run("plan --out plan.json");
  const text = sandbox.read("plan.json");
  expect(text).toContain("+13605550123");
  expect(text).toContain("Sheriff.");
  expect(text).not.toContain("Spokane");
  expect(text).not.toContain("Harry");
});

test("plan --json, show --json and the plan file contain the same changes, byte for byte", async () => {
  await using sandbox = await createPlannedChange();
  await sandbox.front.asTeammate("POST", `${DALE}/handles`, { source: "phone", handle: "+13605550123" });
  const planJson = JSON.parse(await sandbox.succeed("plan --json --out plan.json"));
  const showJson = JSON.parse(await sandbox.succeed("show plan.json --json"));
  expect(JSON.stringify(showJson.resource_changes)).toBe(JSON.stringify(planJson.resource_changes));
  expect(JSON.stringify(showJson.front_contacts)).toBe(JSON.stringify(planJson.front_contacts));
  expect(planJson.resource_changes[0].change.before.name).toBe("Dale Cooper");
  type Values = { readonly before: unknown; readonly after: unknown };
  const { changes } = readPlan(sandbox)["plan"] as { changes: Values[] };
  const valuesOf = ({ before, after }: Values) => ({ before, after });
  const fromJson = planJson.resource_changes.map(({ change }: { change: Values }) => valuesOf(change));
  expect(JSON.stringify(changes.map(valuesOf))).toBe(JSON.stringify(fromJson));
});

test("plan --out does not replace a write-protected file", async () => {
  await using sandbox = await createPlannedChange();
  const path = join(sandbox.directory, "plan.json");
  const before = readFileSync(path, "utf8");
  chmodSync(path, 0o444);
  const err = await sandbox.fail("plan --out plan.json");
  expect(err).toContain('"plan.json" is write-protected');
  expect(err).toContain("chmod u+w plan.json");
  expect(readFileSync(path, "utf8")).toBe(before);
});

test("the plan file contains no characters that control a terminal or a CI runner", async () => {
  await using sandbox = await createPlannedChange();
  const name = "Dale \u009b31m\u202e ##[error]owned";
  await sandbox.front.asTeammate("PATCH", DALE, { name });
  await sandbox.succeed("plan --out plan.json");
  const text = sandbox.read("plan.json");
  expect(text).not.toMatch(/[\u0080-\u009f\u202a-\u202e]|##\[/);
  const { changes } = readPlan(sandbox)["plan"] as { changes: { before: { name: string } }[] };
  expect(changes[0]?.before.name).toBe(name);
  await sandbox.succeed("apply plan.json");
});

test.each([
  ["a pipe without a writer", "mkfifo odd.json", /"odd.json" is not a regular file/],
  ["an endless device", "ln -s /dev/zero odd.json", /"odd.json" is not a regular file/],
  ["a directory", "mkdir odd.json", /"odd.json" is not a regular file/],
  ["a missing file", "true", /"odd.json" does not exist/],
])("%s is not read as a plan", async (_, shellCommand, message) => {
  await using sandbox = await Sandbox.withFront();
  execSync(shellCommand, { cwd: sandbox.directory });
  expect(await sandbox.fail("apply odd.json")).toMatch(message);
  expect(sandbox.front.requests).toEqual([]);
});

test("the path of a pipe between processes is not read as a plan", async () => {
  await using sandbox = Sandbox.withoutFront();
  const child = spawn("sleep", ["60"]);
  // Resolving this path fails, as with /dev/stdin.
  const path = `/proc/${child.pid}/fd/1`;
  expect(await sandbox.fail(`show ${path}`)).toContain(`"${path}" is not a regular file`);
  child.kill();
});

test("show states that a plan rejected by a guard cannot be applied", async () => {
  await using sandbox = await createPlannedChange();
  expect((await sandbox.run("show plan.json")).err).not.toContain("cannot be applied");
  await sandbox.write("contacts/settings.yaml", "settings: { guards: { changes: 1 } }\n").fail("plan --out plan.json");
  const { code, err } = await sandbox.run("show plan.json");
  expect([code, err]).toEqual([
    0,
    expect.stringMatching(/the limit is 1\n(?:.*\n)*\nThis plan cannot be applied\.\n$/),
  ]);
});

const KEY = { FRONT_CONTACTS_PLAN_KEY: "0123456789abcdef" };

test.each([
  ["changed", (text: string) => text.replace("Sheriff", "Deputy"), {}, /was changed after it was written/],
  ["truncated", (text: string) => text.slice(0, 99), {}, /is not a plan/],
  ["unsigned", (text: string) => text, KEY, /is not signed\s+Specify .* set FRONT_CONTACTS_PLAN_KEY to the key/],
])("undo does not advise creating a plan if the plan file is %s", async (_, edit, env, message) => {
  await using sandbox = await createPlannedChange();
  await sandbox.succeed("apply plan.json");
  sandbox.write("plan.json", edit(sandbox.read("plan.json")));
  const { code, err } = await sandbox.run("undo plan.json --auto-approve", { env });
  expect([code, err]).toEqual([1, expect.stringMatching(message)]);
  expect(err).toContain("Specify an unmodified copy of the plan file that was applied");
  expect(err).toContain("the ID of a recorded run. Run 'front-contacts history'.");
  expect(err).not.toMatch(/create/i);
});

test("show prints masked Markdown", async () => {
  await using sandbox = await createPlannedChange();
  const out = await sandbox.succeed("show plan.json --format markdown");
  expect(out).toContain("Plan: 0 to add, 2 to change, 0 to destroy.");
  expect(out).not.toContain("harry@sheriff.example");
});

test("the apply command that plan --out prints quotes the file and specifies the contacts directory", async () => {
  await using sandbox = await Sandbox.withFront();
  sandbox.write("R&D/a.yaml", "contacts:\n  ann:\n    handles: [{ source: email, handle: ann@x.example }]\n");
  const { err } = await sandbox.run("plan --contacts R&D --out plan(1).json");
  expect(err).toContain("\n  front-contacts apply 'plan(1).json' --contacts 'R&D'\n");
});
