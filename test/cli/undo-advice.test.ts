import { expect, test } from "@jest/globals";
import { UndoReport } from "../../src/history/undo/undo-report.ts";
import { Sandbox } from "../support/sandbox.ts";

const LAURA = `contacts:
  laura:
    handles: [{ source: email, handle: laura@peaks.example }]
`;

test.each(["undo", "undo --allow-removals 1", "undo --overwrite front_contact.laura"])(
  "following the advice of '%s' deletes a created contact that was edited",
  async (command) => {
    await using sandbox = await Sandbox.withFront();
    await sandbox.write("contacts/laura.yaml", LAURA).succeed("apply --auto-approve");
    await sandbox.front.asTeammate("PATCH", "/contacts/alt:email:laura%40peaks.example", { description: "Edited" });
    let advised = command;
    for (let step = 0; step < 3 && (await sandbox.list("/contacts")).length > 0; step += 1) {
      const { err } = await sandbox.run(`${advised} --auto-approve`);
      advised = /Run 'front-contacts (undo [^']*)'\./.exec(err)?.[1] ?? "history";
    }
    expect(await sandbox.list("/contacts")).toEqual([]);
  },
);

test.each(["undo --detached", "undo --detached --overwrite front_contact.laura"])(
  "the advice of '%s' contains --detached",
  async (command) => {
    await using sandbox = await Sandbox.withFront();
    await sandbox.write("contacts/laura.yaml", LAURA).succeed("apply --auto-approve");
    await sandbox.front.asTeammate("PATCH", "/contacts/alt:email:laura%40peaks.example", { description: "Edited" });
    const { err } = await sandbox.write("contacts/laura.yaml", "contacts: [").run(`${command} --dry-run`);
    expect(err).toMatch(/Run 'front-contacts undo [^']* --detached'\./);
  },
);

test("the advice about created contacts and accounts allows the removal of all of them", async () => {
  await using sandbox = await Sandbox.withFront();
  const account = "accounts:\n  peaks:\n    name: Peaks\n    domains: [peaks.example]\n";
  await sandbox.write("contacts/laura.yaml", LAURA + account).succeed("apply --auto-approve");
  const { err } = await sandbox.run("undo --auto-approve");
  expect(err.match(/--allow-removals \d+/g)).toEqual(["--allow-removals 2", "--allow-removals 2"]);
});

const MANY = Array.from({ length: 12 }, (_, index) => {
  const handles = `handles: [{ source: email, handle: c${index}@peaks.example }]`;
  return `  c${index}:\n    name: Old\n    ${handles}\n`;
}).join("");

test("the advice about many created contacts also raises the change limit", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/many.yaml", `contacts:\n${MANY}`).succeed("apply --auto-approve");
  const { err } = await sandbox.run("undo --auto-approve");
  expect(err).toContain("--allow-changes 12 --allow-removals 12'.");
  await sandbox.succeed(`${/undo [0-9][^']*/.exec(err)} --auto-approve`);
  expect(await sandbox.list("/contacts")).toEqual([]);
});

test("the advice to overwrite one of many changed contacts also raises the change limit", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/many.yaml", `contacts:\n${MANY}`).succeed("apply --auto-approve");
  sandbox.write("contacts/many.yaml", `contacts:\n${MANY.replaceAll("Old", "New")}`);
  await sandbox.succeed("apply --auto-approve --allow-changes 12");
  await sandbox.front.asTeammate("PATCH", "/contacts/alt:email:c0%40peaks.example", { name: "Edited" });
  const { err } = await sandbox.run("undo --dry-run --allow-changes 11");
  expect(err).toContain("--allow-changes 12 --overwrite front_contact.c0'.");
  await sandbox.succeed(`${/undo [0-9][^']*/.exec(err)} --auto-approve`);
  expect((await sandbox.list("/contacts")).map(({ name }) => name)).toEqual(MANY.match(/Old/g));
});

test("following the advice about a handle of another contact creates a deleted contact again", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/laura.yaml", LAURA).succeed("apply --auto-approve");
  sandbox.write("contacts/laura.yaml", `${LAURA}    ensure: absent\n`);
  await sandbox.succeed("apply --auto-approve");
  const handle = { source: "email", handle: "laura@peaks.example" };
  const maddy = await sandbox.front.asTeammate("POST", "/contacts", {
    name: "Maddy",
    handles: [handle, { source: "email", handle: "maddy@peaks.example" }],
  });
  const { err } = await sandbox.run("undo --auto-approve");
  expect(err).toContain("now has a handle of the deleted contact");
  expect(err).toContain("remove the handle from that contact in Front. Then undo this run again, by its ID.");
  await sandbox.front.asTeammate("DELETE", `/contacts/${maddy.body.id}/handles`, handle);
  const [run] = JSON.parse(await sandbox.succeed("history --json")).runs;
  await sandbox.succeed(`undo ${run.id} --auto-approve`);
  expect(await sandbox.list("/contacts")).toHaveLength(2);
});

test("following the advice about a domain of another account restores the domain", async () => {
  await using sandbox = await Sandbox.withFront();
  const account = (domains: string) =>
    sandbox.write("contacts/a.yaml", `accounts: { a: { name: A, external_id: A, ${domains}, exact: [domains] } }\n`);
  await account("domains: [peaks.example, a.example]").succeed("apply --auto-approve");
  await account("domains: [a.example]").succeed("apply --auto-approve --allow-removals 1");
  const { body } = await sandbox.front.asTeammate("POST", "/accounts", { name: "B", domains: ["peaks.example"] });
  const { err } = await sandbox.run("undo --auto-approve");
  expect(err).toContain("To restore the domain, remove it from that account in Front. Then undo this run again");
  await sandbox.front.asTeammate("PATCH", `/accounts/${body.id}`, { domains: [] });
  const [run] = JSON.parse(await sandbox.succeed("history --json")).runs;
  await sandbox.succeed(`undo ${run.id} --auto-approve`);
  expect(await sandbox.list("/accounts")).toContainEqual(
    expect.objectContaining({ name: "A", domains: ["a.example", "peaks.example"] }),
  );
});

test("following the advice about a domain of a deleted account creates the account again", async () => {
  await using sandbox = await Sandbox.withFront();
  const account = (property: string) =>
    sandbox.write("contacts/a.yaml", `accounts: { a: { ${property}, domains: [peaks.example] } }\n`);
  await account("name: A").succeed("apply --auto-approve");
  await account("ensure: absent").succeed("apply --auto-approve");
  const { body } = await sandbox.front.asTeammate("POST", "/accounts", { name: "B", domains: ["peaks.example"] });
  const { err } = await sandbox.run("undo --auto-approve");
  expect(err).toContain("To create the deleted account again, remove them from that account in Front. Then undo this");
  await sandbox.front.asTeammate("PATCH", `/accounts/${body.id}`, { domains: [] });
  const [run] = JSON.parse(await sandbox.succeed("history --json")).runs;
  await sandbox.succeed(`undo ${run.id} --auto-approve`);
  expect((await sandbox.list("/accounts")).map(({ name }) => name).sort()).toEqual(["A", "B"]);
});

const SUBJECT = { address: "front_contact.ann", location: { file: "a.yaml", line: 1, column: 1, length: 1 } };
const HANDLE = { source: "email", handle: "ann@x.example" };

test.each<[string, (report: UndoReport) => void, string]>([
  ["a handle of another contact", (report) => report.addTakenHandle(SUBJECT, HANDLE, undefined), "remove it from that"],
  [
    "a handle of a created contact",
    (report) => report.addTakenHandle(SUBJECT, HANDLE, "front_contact.bob"),
    "After an undo that allows removals deletes front_contact.bob, undo this run again",
  ],
  ["the only handles of a contact", (report) => report.addLastHandle(SUBJECT, HANDLE), "add another handle to the"],
  [
    "a contact with conversations",
    (report) => report.addUndeleted({ ...SUBJECT, kind: "created" }, "Ann has 2 conversations", "contact"),
    "Delete the contact in Front if it is not needed.",
  ],
])("the warning about %s states the next step", (_, add, expected) => {
  const report = new UndoReport({ allowRemovals: false, overwrite: [] }, new Map());
  add(report);
  const [warning] = report.diagnostics("run", { changes: [], settings: {}, guardedContacts: 0 });
  expect(warning).toMatchObject({ code: "undo-impossible", advice: expect.stringContaining(expected) });
});

test.each([
  ["created", "is not deleted"],
  ["changed", "is not restored"],
  ["deleted", "is not created again"],
  ["merged", "is not restored"],
] as const)("the warning about a %s contact of which nothing is undone states that it %s", (kind, expected) => {
  const report = new UndoReport({ allowRemovals: false, overwrite: [] }, new Map());
  report.addNotUndone({ ...SUBJECT, kind }, "the reason");
  const [warning] = report.diagnostics("run", { changes: [], settings: {}, guardedContacts: 0 });
  expect(warning?.summary).toBe(`front_contact.ann ${expected}: the reason`);
});
