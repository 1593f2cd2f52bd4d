import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const DALE = "contacts: { dale: { name: Dale, handles: [{ source: email, handle: dale@fbi.example }] } }\n";

test.each([
  ["validate --contacts missing", "'front-contacts init --contacts missing'"],
  ["history 0badf00d --contacts team", "'front-contacts history --contacts team'"],
  ["schema --check --contacts team", "'front-contacts schema --from-front --contacts team'"],
  ["schema --check --to a.json --contacts team", "'front-contacts schema --from-front --to a.json --contacts team'"],
  ["import --all --defaults --contacts team", "--to team/imported/people.yaml"],
  ["import --all --defaults --split --contacts team", "or, with --split, --to team/imported."],
  ["import crd_1 --to team/people.txt --contacts team", 'such as "team/people.yaml"'],
  ["plan --out plan.json --contacts team", "front-contacts apply plan.json --contacts team"],
  ["undo --dry-run --contacts team", "--allow-removals 1 --contacts team'."],
  ["undo --dry-run --format markdown --contacts team", "--allow-removals 1 --contacts team'."],
  ["undo --auto-approve --contacts team", "'front-contacts undo plan.json --contacts team'"],
  ["validate --json --contacts missing", "'front-contacts init --contacts missing'"],
])("the advice of '%s' contains the contacts directory", async (command, expected) => {
  await using sandbox = await Sandbox.withFront();
  sandbox.write("team/dale.yaml", DALE);
  if (command.startsWith("undo --dry-run")) await sandbox.run("apply --auto-approve --contacts team");
  const { out, err } = await sandbox.run(command);
  expect(/markdown|--json/.test(command) ? out : err).toContain(expected);
});

test("a command that contains quotes is shown without quotes around it", async () => {
  await using sandbox = await Sandbox.withFront();
  const { err } = await sandbox.run("validate --contacts team&co");
  expect(err).toContain("Run front-contacts init --contacts 'team&co', or use");
});

test.each([
  ["validate", "'front-contacts init'"],
  ["show missing.json", "'front-contacts plan --out FILE'"],
])("the advice of '%s' does not contain the default contacts directory", async (command, expected) => {
  await using sandbox = await Sandbox.withFront();
  const { err } = await sandbox.run(command);
  expect(err).toContain(expected);
});
