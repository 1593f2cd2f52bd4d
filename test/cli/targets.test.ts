import { expect, test } from "@jest/globals";
import { parseJsonLines, Sandbox } from "../support/sandbox.ts";

const PEOPLE = `contacts:
  ada: { handles: [{ source: email, handle: ada@x.example }] }
  bob: { handles: [{ source: email, handle: bob@x.example }] }
  cy: { handles: [{ source: email, handle: cy@x.example }] }
`;

async function withPeople(): Promise<Sandbox> {
  return (await Sandbox.withFront()).write("contacts/people.yaml", PEOPLE);
}

test.each([
  ["--target front_contact.ada --target front_contact.cy", 2, "This plan is partial: 1 change is excluded"],
  ["-target=front_contact.ada", 1, "This plan is partial: 2 changes are excluded"],
  ["--exclude front_contact.ada --exclude front_contact.cy", 1, "This plan is partial: 2 changes are excluded"],
])(
  "with %s, the number of planned contacts is %i, and plan shows the number of excluded changes",
  async (args, count, warning) => {
    await using sandbox = await withPeople();
    const { code, out, err } = await sandbox.run(`plan ${args}`);
    expect(code).toBe(0);
    expect(out).toContain(`Plan: ${count} to add, 0 to change, 0 to destroy.`);
    expect(err.split("\n")[0]).toBe(`Warning: ${warning}`);
  },
);

test("plan and apply do not warn if the targets exclude no changes", async () => {
  await using sandbox = await withPeople();
  const args = "--target=front_contact.?*";
  expect((await sandbox.run(`plan ${args}`)).err).toBe("");
  expect((await sandbox.run(`apply --auto-approve ${args}`)).err).not.toContain("Warning");
});

test("apply performs the targeted changes and warns that only part of the configuration was applied", async () => {
  await using sandbox = await withPeople();
  const { code, out, err } = await sandbox.run("apply --auto-approve --target front_contact.ada");
  expect(code).toBe(0);
  expect(out).toContain("Apply complete! Resources: 1 added, 0 changed, 0 destroyed.");
  expect(err).toContain("Warning: Only part of the configuration was applied");
  expect(await sandbox.list("/contacts")).toHaveLength(1);
});

test("a partial plan without changes reports only that the targeted entries match", async () => {
  await using sandbox = await withPeople();
  await sandbox.run("apply --auto-approve --target front_contact.ada");
  const out = await sandbox.succeed("plan --detailed-exitcode --target front_contact.ada");
  expect(out).toBe("\nNo changes. Front matches the targeted entries.\n");
});

test("the JSON of a partial plan has applyable: true and complete: false", async () => {
  await using sandbox = await withPeople();
  const out = await sandbox.succeed("plan --json --exclude front_contact.ada");
  expect(JSON.parse(out)).toMatchObject({
    applyable: true,
    complete: false,
    errored: false,
    diagnostics: [{ severity: "warning", code: "plan-partial" }],
    front_contacts: { targets: { except: ["front_contact.ada"] } },
  });
});

test("apply --json prints the warnings plan-partial and apply-partial", async () => {
  await using sandbox = await withPeople();
  const out = await sandbox.succeed("apply --json --auto-approve --target front_contact.ada");
  const codes = parseJsonLines(out).flatMap(({ diagnostic }) => diagnostic?.code ?? []);
  expect(codes).toEqual(["plan-partial", "apply-partial"]);
});

test("plan --target rejects an address that matches nothing, and suggests a similar address", async () => {
  await using sandbox = await withPeople();
  const { code, out, err } = await sandbox.run("plan --target front_contact.adda");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(/matches no resource address in the configuration[\s\S]*Did you mean front_contact\.ada\?/);
});

test("a partial plan with a base reports only conflicts of targeted resources", async () => {
  await using sandbox = await withPeople();
  const people = PEOPLE.replaceAll("{ handles", "{ name: Was, handles");
  await sandbox.write("contacts/people.yaml", people).succeed("apply --auto-approve");
  sandbox.write(".gitignore", ".front-contacts/\n").createRepository(".");
  await sandbox.front.asTeammate("PATCH", "/contacts/alt:email:ada%40x.example", { name: "Theirs" });
  sandbox.write("contacts/people.yaml", people.replaceAll("Was", "Ours"));
  const conflict = "1 contact changed both in the configuration and in Front";
  const bob = await sandbox.run("plan --base HEAD --target front_contact.bob");
  expect(bob.out).toContain("Plan: 0 to add, 1 to change, 0 to destroy.");
  expect(bob.err).not.toContain(conflict);
  const ada = await sandbox.run("plan --base HEAD --target front_contact.ada");
  expect(ada.out).toContain('name: "Theirs" in Front, "Ours" in the configuration, "Was" at the base (conflict)');
  expect(ada.err).toContain(conflict);
});

test("a partial plan with a base moves a handle without overwriting the name that the source contact received in Front", async () => {
  await using sandbox = await withPeople();
  const [ada, second] = ["{ source: email, handle: ada@x.example }", "{ source: email, handle: ada2@x.example }"];
  const bob = "{ source: email, handle: bob@x.example }";
  const people = PEOPLE.replaceAll("{ handles", "{ name: Was, handles");
  await sandbox.write("contacts/people.yaml", people.replace(ada, `${ada}, ${second}`)).succeed("apply --auto-approve");
  sandbox.write(".gitignore", ".front-contacts/\nplan.json\n").createRepository(".");
  await sandbox.front.asTeammate("PATCH", "/contacts/alt:email:ada%40x.example", { name: "Theirs" });
  sandbox.write("contacts/people.yaml", people.replace(bob, `${bob}, ${second}`));
  const out = await sandbox.succeed("plan --base HEAD --target front_contact.bob --out plan.json");
  expect(out).toContain('name: "Theirs" in Front, "Was" in the configuration');
  expect(await sandbox.succeed("apply plan.json")).toContain("Resources: 0 added, 2 changed, 0 destroyed.");
  expect(await sandbox.get("/contacts/alt:email:ada%40x.example")).toMatchObject({ name: "Theirs" });
  expect(await sandbox.succeed("plan")).toContain('~ name          = "Theirs" -> "Was" # changed in Front');
});
