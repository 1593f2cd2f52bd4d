import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const DECLARATION = "tables: { t: { file: t.csv, key: ID, columns: { name: Name, email: Email, phone: Phone } } }\n";

/** Returns a sandbox with two table rows whose email addresses were swapped after an apply. */
async function createSwap(): Promise<Sandbox> {
  const [header, ann, bob] = [
    "ID,Name,Email,Phone",
    "1,Ann,a@x.example,+13605550101",
    "2,Bob,b@x.example,+13605550102",
  ];
  const sandbox = await Sandbox.withFront();
  sandbox.write(".gitignore", ".front-contacts/\n*.json\n").write("contacts/t.yaml", DECLARATION);
  // The contact of the last row is the oldest.
  for (const rows of [
    [header, bob],
    [header, ann, bob],
  ]) {
    await sandbox.write("contacts/t.csv", `${rows.join("\n")}\n`).succeed("apply --auto-approve");
  }
  sandbox.createRepository(".");
  const swapped = sandbox.read("contacts/t.csv").replace(/[ab]@/g, (text) => (text === "a@" ? "b@" : "a@"));
  return sandbox.write("contacts/t.csv", swapped);
}

test("rows that swap their email addresses keep the contacts that matched them at the base", async () => {
  await using sandbox = await createSwap();
  const out = await sandbox.succeed("plan --base HEAD --out plan.json");
  expect(out).toContain("Plan: 0 to add, 2 to change, 0 to destroy.");
  expect(out).not.toContain("Changed in Front");
  expect(out.match(/[+-] (email|phone) .*/g)).toEqual([
    '- email "a@x.example" # changed in the configuration',
    '+ email "b@x.example" # changed in the configuration',
    '- email "b@x.example" # changed in the configuration',
    '+ email "a@x.example" # changed in the configuration',
  ]);
  expect(await sandbox.succeed("apply plan.json")).toContain("Resources: 0 added, 2 changed, 0 destroyed.");
  expect(await sandbox.succeed("plan --base HEAD")).toContain("No changes.");
});

test("import --changed-in-front matches rows with swapped email addresses to their contacts at the base", async () => {
  await using sandbox = await createSwap();
  await sandbox.front.asTeammate("PATCH", "/contacts/alt:email:a%40x.example", { name: "Anna" });
  await sandbox.succeed("import --update --changed-in-front --base HEAD");
  expect(sandbox.read("contacts/t.csv")).toContain(
    "\n1,Anna,b@x.example,+13605550101\n2,Bob,a@x.example,+13605550102\n",
  );
});
