import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const EMAIL = "{ source: email, handle: ann@x.example }";
const PHONE = '{ source: phone, handle: "+13605550123" }';
const MOVED = '      handles: phone "+13605550123" removed in Front';

/**
 * Returns a sandbox with the declared contact "ann", whose phone number a teammate moved to an older contact that is
 * not declared.
 */
async function createMove({ name = "Ann", otherName = "Carol" } = {}): Promise<Sandbox> {
  const contacts = [{ name: otherName, handles: ["email:carol@x.example"] }];
  const sandbox = await Sandbox.withFront({ seed: { contacts } });
  sandbox.write("contacts/ann.yaml", entry({ name })).write(".gitignore", ".front-contacts/\n*.json\n");
  await sandbox.succeed("apply --auto-approve");
  sandbox.createRepository(".");
  const phone = { source: "phone", handle: "+13605550123" };
  await sandbox.front.asTeammate("DELETE", "/contacts/alt:email:ann%40x.example/handles", phone);
  await sandbox.front.asTeammate("POST", "/contacts/alt:email:carol%40x.example/handles", phone);
  return sandbox;
}

async function contactsIn(sandbox: Sandbox) {
  const { body } = await sandbox.front.asTeammate("GET", "/contacts?sort_by=created_at&sort_order=asc");
  return body._results;
}

function entry({ name = "Ann", handles = `${EMAIL}, ${PHONE}`, rest = "" }): string {
  return `contacts:\n  ann:\n    name: ${name}\n    handles: [${handles}]\n${rest}`;
}

test("a handle that moved in Front to an undeclared contact stays there", async () => {
  await using sandbox = await createMove();
  const out = await sandbox.succeed("plan --base HEAD");
  expect(out).toContain(MOVED);
  expect(out).toContain("No changes. 1 contact changed in Front; these changes are not overwritten.");
});

test("other changes of an entry whose handle moved in Front are planned and applied", async () => {
  await using sandbox = await createMove();
  sandbox.write("contacts/ann.yaml", entry({ rest: "    description: New.\n" }));
  const out = await sandbox.succeed("plan --base HEAD --out plan.json");
  expect(out).toContain(MOVED);
  expect(out).toContain("Plan: 0 to add, 1 to change, 0 to destroy.");
  await sandbox.succeed("apply plan.json");
  const [carol, ann] = await contactsIn(sandbox);
  expect(ann).toMatchObject({ name: "Ann", description: "New.", handles: [{ source: "email" }] });
  expect(carol).toMatchObject({ name: "Carol", description: "", handles: [{ source: "email" }, { source: "phone" }] });
});

test("a saved plan is applied even if most handles of its entry moved in Front to the contact of an entry that the plan omits", async () => {
  const emails = (...names: string[]) => names.map((name) => `email:${name}@x.example`);
  const handles = (...names: string[]) =>
    names.map((name) => `{ source: email, handle: ${name}@x.example }`).join(", ");
  const yaml = (name: string) =>
    `contacts:\n  ann: { name: ${name}, handles: [${handles("a", "h1", "h2")}] }\n  bob: { handles: [${handles("b1", "b2", "b3")}] }\n`;
  const contacts = [
    { id: "crd_1", name: "Ann", handles: emails("a") },
    { id: "crd_2", name: "Bob", handles: emails("b1", "b2", "b3", "h1", "h2") },
  ];
  await using sandbox = await Sandbox.withFront({ seed: { contacts } });
  sandbox.write("contacts/all.yaml", yaml("Ann")).createRepository(".");
  sandbox.write("contacts/all.yaml", yaml("Anna"));
  await sandbox.succeed("plan --base HEAD --out plan.json");
  await sandbox.succeed("apply plan.json");
  expect(await contactsIn(sandbox)).toMatchObject([{ name: "Anna" }, { name: "Bob" }]);
});

test("import --changed-in-front removes a handle that moved in Front to an undeclared contact", async () => {
  await using sandbox = await createMove();
  await sandbox.succeed("import --update --changed-in-front --base HEAD");
  expect(sandbox.read("contacts/ann.yaml")).toBe(entry({ handles: EMAIL }));
  expect(await sandbox.succeed("plan")).toContain("No changes.");
});

test("with --overwrite, a handle that moved in Front moves back only with --allow-handle-moves", async () => {
  await using sandbox = await createMove();
  expect(await sandbox.fail("plan --base HEAD --overwrite")).toContain("Use --allow-handle-moves.");
  const out = await sandbox.succeed("plan --base HEAD --overwrite --allow-handle-moves");
  expect(out).toContain('+ phone "+13605550123" # changed in Front');
});

test.each([
  ["without an ID", async () => "", "The handles", "Set id in the entry to the ID of the contact that it describes;"],
  [
    "with an ID",
    async ([, ann]: { id: string }[]) => `    id: ${ann?.id}\n`,
    "The ID and the handles",
    "Set merge: true to merge them,",
  ],
])(
  "plan reports an ambiguous match if an entry %s gets a new handle of an undeclared contact",
  async (_, idIn, subject, advice) => {
    await using sandbox = await createMove();
    const carol = "{ source: email, handle: carol@x.example }";
    const rest = await idIn(await contactsIn(sandbox));
    sandbox.write("contacts/ann.yaml", entry({ handles: `${EMAIL}, ${PHONE}, ${carol}`, rest }));
    const error = await sandbox.fail("plan --base HEAD");
    expect(error).toContain(`${subject} of ann belong to 2 contacts in Front`);
    expect(error).toContain(`\n  ${advice}`);
  },
);

test("an entry keeps its contact even if one of its handles moves to a new entry and is replaced by a handle of another contact", async () => {
  const contacts = [
    { id: "crd_1", name: "Ann", handles: ["email:ann@x.example", "email:ann@y.example"] },
    { id: "crd_2", name: "Bob", handles: ["email:bob@x.example", "email:bob@y.example"] },
  ];
  await using sandbox = await Sandbox.withFront({ seed: { contacts } });
  const ann = (other: string) => entry({ handles: `${EMAIL}, { source: email, handle: ${other}@y.example }` });
  sandbox.write("contacts/ann.yaml", ann("ann")).createRepository(".");
  const eve = "  eve:\n    name: Eve\n    handles: [{ source: email, handle: ann@y.example }]\n";
  sandbox.write("contacts/ann.yaml", `${ann("bob")}${eve}`);
  expect(await sandbox.fail("plan --base HEAD")).toContain("Use --allow-handle-moves.");
  await sandbox.succeed("apply --base HEAD --allow-handle-moves --auto-approve");
  expect((await contactsIn(sandbox)).map(({ name }: { name: string }) => name)).toEqual(["Ann", "Bob", "Eve"]);
  expect(await sandbox.succeed("plan --base HEAD")).toContain("No changes.");
});

test("if most handles of an entry moved to an undeclared contact in Front, plan reports an ambiguous match", async () => {
  await using sandbox = await createMove();
  const alias = "{ source: email, handle: ann@y.example }";
  const handles = `${EMAIL}, ${PHONE}, ${alias}`;
  sandbox.write("contacts/ann.yaml", entry({ handles })).createRepository(".");
  const moved = { source: "email", handle: "ann@y.example" };
  await sandbox.front.asTeammate("POST", "/contacts/alt:email:carol%40x.example/handles", moved);
  sandbox.write("contacts/ann.yaml", entry({ handles, rest: "    description: New.\n" }));
  expect(await sandbox.fail("plan --base HEAD")).toContain("The handles of ann belong to 2 contacts in Front");
});

test("if two contacts match an entry equally, an ID selects the contact from which a handle moved", async () => {
  await using sandbox = await createMove({ otherName: "Ann" });
  const error = await sandbox.fail("plan --base HEAD");
  expect(error).toContain("The handles of ann belong to 2 contacts in Front");
  expect(error).toContain(
    "Set id in the entry to the ID of the contact that it describes; handles that moved in Front then stay on the other contacts.",
  );
  expect(error).not.toContain("--allow-handle-moves");
  const [, ann] = await contactsIn(sandbox);
  sandbox.write("contacts/ann.yaml", entry({ rest: `    id: ${ann.id}\n` }));
  expect(await sandbox.succeed("plan --base HEAD")).toContain(MOVED);
});
