import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { Behavior, Seed } from "../../src/emulator/index.ts";
import { PICTURES_AS_SENT } from "../support/emulator.ts";
import { portrait } from "../support/portrait.ts";
import { type RunResult, Sandbox } from "../support/sandbox.ts";

const FILE = "contacts/all.yaml";
const DALE = "contacts:\n  dale:\n    handles: [{ source: email, handle: dale@fbi.example }]\n";
const SEED: Seed = {
  lists: ["Alpha", "Beta"],
  accounts: [
    { id: "acc_1", name: "FBI" },
    { id: "acc_2", name: "Lodge" },
  ],
  contacts: [
    {
      id: "crd_1",
      handles: ["email:dale@fbi.example", "custom:dale"],
      name: "Dale",
      description: "Agent",
      links: ["https://old.example"],
      lists: ["Alpha"],
      custom_fields: { "Job Title": "Agent", Location: "Here" },
    },
    { id: "crd_2", handles: ["email:windom@fbi.example"], name: "Windom" },
  ],
};

async function createAppliedSandbox(
  text: string,
  { seed = SEED, args = "", behavior = {} }: { seed?: Seed; args?: string; behavior?: Partial<Behavior> } = {},
): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront({ seed, behavior });
  const { code, err } = await sandbox.write(FILE, text).run(`apply --auto-approve --allow-removals 9 ${args}`);
  expect([code, err]).toEqual([0, expect.not.stringContaining("Error")]);
  return sandbox;
}

async function undo(sandbox: Sandbox, args = ""): Promise<RunResult> {
  const result = await sandbox.run(`undo --auto-approve --allow-removals 9 ${args}`);
  expect([result.code, result.err]).toEqual([0, expect.not.stringContaining("Error")]);
  return result;
}

async function getDale(sandbox: Sandbox): Promise<Record<string, unknown>> {
  const { updated_at: _, _links, ...rest } = await sandbox.get("/contacts/crd_1");
  return rest;
}

async function listRuns(sandbox: Sandbox): Promise<{ id: string; undoes: string | null; operations: object }[]> {
  return JSON.parse(await sandbox.succeed("history --json")).runs;
}

/** With another behavior, an undo also reports that it creates a deleted contact again without its account. */
const ACCOUNTS_SHOWN = { accountOnContacts: "always" } as const;

const CHANGES = `    name: Coop
    description: Chief
    links: [https://new.example]
    lists: [Beta]
    custom_fields: { Job Title: Chief }
    exact: [handles, links, lists, custom_fields]
`;

test("undo restores changed values, collections and fields, and undoing the undo applies the changes again", async () => {
  await using sandbox = await Sandbox.withFront({ seed: SEED });
  const before = await getDale(sandbox);
  sandbox.write(FILE, `${DALE}${CHANGES}`);
  await sandbox.succeed("apply --auto-approve --allow-removals 9");
  const after = await getDale(sandbox);
  expect(after).toMatchObject({ name: "Coop", custom_fields: { "Job Title": "Chief" }, lists: [{ name: "Beta" }] });
  await undo(sandbox);
  expect(await getDale(sandbox)).toEqual(before);
  await undo(sandbox);
  expect(await getDale(sandbox)).toEqual(after);
});

test("undo selects a run by the beginning or the end of its ID", async () => {
  await using sandbox = await createAppliedSandbox(`${DALE}${CHANGES}`);
  const [{ id } = { id: "" }] = await listRuns(sandbox);
  for (const part of [id.slice(0, 4), id.slice(0, 11), id.slice(-8), id.slice(11)]) {
    expect(await sandbox.succeed(`undo --dry-run --allow-removals 9 ${part}`)).toContain(`Undo of: ${id}`);
  }
});

const SAME_NAME: Seed = {
  lists: [
    { id: "grp_1", name: "VIP" },
    { id: "grp_2", name: "VIP" },
  ],
  contacts: [{ id: "crd_1", handles: ["email:dale@fbi.example"], lists: ["grp_1"] }],
};

test("undo restores the list membership of a deleted contact, even if another list has the same name", async () => {
  await using sandbox = await createAppliedSandbox(`${DALE}    ensure: absent\n`, { seed: SAME_NAME });
  expect((await undo(sandbox)).err).not.toContain("not restored completely");
  const membersOf = (id: string) => sandbox.list(`/contact_lists/${id}/contacts`);
  expect([await membersOf("grp_1"), await membersOf("grp_2")]).toMatchObject([[{ handles: [{}] }], []]);
});

test("undo reports that a list membership cannot be restored if the record contains only a name that several lists have", async () => {
  await using sandbox = await createAppliedSandbox(`${DALE}    ensure: absent\n`, { seed: SAME_NAME });
  const directory = join(sandbox.directory, "contacts/.front-contacts/runs");
  const [name = ""] = readdirSync(directory).filter((file) => file.endsWith(".json"));
  const record = readFileSync(join(directory, name), "utf8");
  const recordWithoutIds = JSON.parse(record, (key, value) => (key === "lists" && value[0]?.id ? undefined : value));
  expect(JSON.stringify(recordWithoutIds)).not.toContain("grp_1");
  writeFileSync(join(directory, name), JSON.stringify(recordWithoutIds));
  expect((await undo(sandbox)).err).toContain('dale is not restored completely: several lists are named "VIP"');
});

test("undo identifies an undeclared contact by its address instead of a location in the run record", async () => {
  await using sandbox = await createAppliedSandbox("lists:\n  Alpha: { ensure: absent }\n");
  const [run] = await listRuns(sandbox);
  const out = await sandbox.succeed("undo --dry-run");
  expect(out).toContain('# front_contact.undeclared["crd_1"] will be updated in-place');
  expect(out).toContain("# undeclared contact: Dale, email dale@fbi.example");
  expect(out).not.toContain(`${run?.id}:`);
  await sandbox.front.asTeammate("DELETE", "/contacts/crd_1");
  const { err } = await sandbox.run("undo --dry-run");
  expect(err).toContain(
    'front_contact.undeclared["crd_1"] (Dale, email dale@fbi.example) is not restored: crd_1 was deleted or merged',
  );
  expect(err).not.toContain(`${run?.id}:`);
});

test("undo shows the list that a contact leaves, even if the contact is on another list with the same name", async () => {
  await using sandbox = await createAppliedSandbox(`${DALE}    lists: [{ id: grp_2 }]\n`, { seed: SAME_NAME });
  const { out } = await undo(sandbox);
  expect(out).toContain('- "VIP (grp_2)"');
  expect(out).toContain("Plan: 0 to add, 1 to change, 0 to destroy.");
  expect(await sandbox.list("/contact_lists/grp_1/contacts")).toMatchObject([{ id: "crd_1" }]);
});

test("undo moves a handle back to its source contact", async () => {
  await using sandbox = await Sandbox.withFront({ seed: SEED });
  const entry = DALE.replace("}]", "}, { source: custom, handle: dale }]").replace("dale@fbi", "windom@fbi");
  sandbox.write("contacts/windom.yaml", `${entry}    id: crd_2\n`);
  await sandbox.succeed("apply --auto-approve --allow-handle-moves");
  expect((await getDale(sandbox))["handles"]).toHaveLength(1);
  await undo(sandbox);
  expect((await getDale(sandbox))["handles"]).toHaveLength(2);
  expect((await sandbox.get("/contacts/crd_2")).handles).toHaveLength(1);
});

test("undo links the previous account if it is in the configuration", async () => {
  await using sandbox = await createAppliedSandbox(`${DALE}    account: { id: acc_1 }\n`);
  sandbox.write(
    FILE,
    `${DALE}    account: { id: acc_2 }\n  windom:
    handles: [{ source: email, handle: windom@fbi.example }]\n    account: { id: acc_1 }\n`,
  );
  await sandbox.succeed("apply --auto-approve");
  const members = (id: string) => sandbox.list(`/accounts/${id}/contacts`);
  expect((await members("acc_2")).map(({ id }) => id)).toEqual(["crd_1"]);
  await undo(sandbox);
  expect((await members("acc_1")).map(({ id }) => id)).toEqual(["crd_1"]);
  expect(await members("acc_2")).toEqual([]);
});

test("undo restores a recorded avatar, and reports that a first avatar cannot be removed", async () => {
  const [first, second] = await Promise.all([1, 2].map(async (seed) => await portrait(seed).png().toBuffer()));
  await using sandbox = await Sandbox.withFront({ seed: SEED, behavior: PICTURES_AS_SENT });
  const settings = "settings: { history: { avatars: true } }\n";
  sandbox.write(FILE, `${DALE}    avatar: a.png\n${settings}`).write("contacts/a.png", first ?? "");
  await sandbox.succeed("apply --auto-approve");
  const withoutPrevious = await sandbox.run("undo --dry-run");
  expect(withoutPrevious.err).toContain("it had no avatar before, and Front cannot remove one");
  sandbox.write("contacts/a.png", second ?? "");
  await sandbox.succeed("apply --auto-approve");
  await undo(sandbox);
  sandbox.write("contacts/a.png", first ?? "");
  expect(await sandbox.succeed("plan")).toContain("No changes.");
});

test("undo skips and reports values that changed after the run, and restores them with --overwrite", async () => {
  await using sandbox = await createAppliedSandbox(`${DALE}    name: Coop\n    description: Chief\n`);
  await sandbox.front.asTeammate("PATCH", "/contacts/crd_1", { description: "Edited" });
  const { err, out } = await undo(sandbox);
  expect(out).toContain("0 added, 1 changed, 0 destroyed.");
  expect(err).toContain("front_contact.dale changed after the run and is not undone: description");
  expect(await getDale(sandbox)).toMatchObject({ name: "Dale", description: "Edited" });
  const [, run] = await listRuns(sandbox);
  expect(err).toContain(`Run 'front-contacts undo ${run?.id} --overwrite front_contact.dale'.`);
  const error = await sandbox.fail(`undo ${run?.id} --auto-approve --overwrite front_contact.dael`);
  expect(error).toContain("matches nothing that the run changed");
  await undo(sandbox, `${run?.id} --overwrite front_contact.d*`);
  expect(await getDale(sandbox)).toMatchObject({ name: "Dale", description: "Agent" });
});

const LAURA = `${DALE}  laura:\n    handles: [{ source: email, handle: laura@peaks.example }]\n    lists: [New]\nlists: [New]\n`;

test("undo deletes a created contact and an empty created list only with --allow-removals", async () => {
  await using sandbox = await createAppliedSandbox(LAURA, { behavior: ACCOUNTS_SHOWN });
  const cautiousUndo = await sandbox.run("undo --auto-approve");
  expect(cautiousUndo).toMatchObject({
    code: 0,
    out: expect.stringContaining("No changes. The warnings name the changes that are not undone."),
  });
  expect(cautiousUndo.err).toContain("1 contact created by the run is not deleted");
  expect(cautiousUndo.err).toContain('front_contact_list.this["New"] is not deleted: 1 contact is still on it');
  expect((await undo(sandbox)).out).toContain("0 added, 0 changed, 2 destroyed.");
  expect(await sandbox.list("/contact_lists")).toHaveLength(2);
  const undoOfUndo = await undo(sandbox);
  expect(undoOfUndo.out).toContain("2 added, 0 changed, 0 destroyed.");
  expect(undoOfUndo.err).toContain("is created again without its conversations");
  expect(await sandbox.get("/contacts/alt:email:laura%40peaks.example")).toMatchObject({ lists: [{ name: "New" }] });
});

test("the advice about a created contact names the run, so that the command does not undo the undo", async () => {
  await using sandbox = await createAppliedSandbox(LAURA.replace("    handles", "    name: Coop\n    handles"));
  const { err } = await sandbox.run("undo --auto-approve");
  const [, advisedCommand = ""] = /Run 'front-contacts (undo \S+ --allow-removals 1)'\./.exec(err) ?? [];
  await sandbox.succeed(`${advisedCommand} --auto-approve`);
  expect(await getDale(sandbox)).toMatchObject({ name: "Dale" });
  expect(await sandbox.list("/contacts")).toHaveLength(2);
});

test("undo does not delete a created contact that was edited or has conversations", async () => {
  const contactWithConversations = { id: "crd_9", handles: ["custom:nine"], conversations: 2 };
  await using sandbox = await Sandbox.withFront({
    seed: { ...SEED, contacts: [...(SEED.contacts ?? []), contactWithConversations] },
  });
  sandbox.write(FILE, LAURA);
  await sandbox.run("apply --auto-approve");
  const { id } = await sandbox.get("/contacts/alt:email:laura%40peaks.example");
  const editAsTeammate = (method: string, path: string, body: object) => sandbox.front.asTeammate(method, path, body);
  await editAsTeammate("PATCH", `/contacts/${id}`, { description: "Homecoming queen" });
  expect((await undo(sandbox)).err).toContain("changed after the run and is not undone: the creation of");
  await editAsTeammate("PATCH", `/contacts/${id}`, { description: "" });
  await editAsTeammate("POST", "/contacts/merge", { target_contact_id: id, contact_ids: ["crd_9"] });
  await editAsTeammate("DELETE", `/contacts/${id}/handles`, { source: "custom", handle: "nine" });
  expect((await undo(sandbox)).err).toMatch(
    /laura is not deleted: .* has (?:more than )?2 conversations, which may be deleted with the contact/,
  );
  expect(await sandbox.get(`/contacts/${id}`)).toMatchObject({ id });
});

test("undo reports what Front cannot restore: a merge, and the conversations, notes and ID of a deleted contact", async () => {
  await using sandbox = await Sandbox.withFront({ seed: SEED, behavior: ACCOUNTS_SHOWN });
  const mergeEntry = DALE.replace("}]", "}, { source: email, handle: windom@fbi.example }]\n    merge: true");
  sandbox.write(FILE, mergeEntry);
  await sandbox.run("apply --auto-approve --allow-removals 9");
  const { out, err: merge } = await undo(sandbox);
  expect(out).toContain("No changes. The warnings name the changes that are not undone.");
  expect(merge).toContain("dale is not restored: contacts were merged into it, and Front cannot undo a merge");
  expect(merge).toContain("This does not affect the other changes of the run.");
  expect(merge).toMatch(
    /undeclared\["crd_\w+"\] \(Windom, email .*\) is not restored: it was merged into another contact, and/,
  );
  sandbox.write(FILE, `${DALE}    ensure: absent\n`);
  await sandbox.run("apply --auto-approve --allow-removals 9");
  const { err } = await undo(sandbox);
  expect(err).toContain("is created again without its conversations, its notes and its ID");
  expect(await sandbox.get("/contacts/alt:email:dale%40fbi.example")).toMatchObject({ name: "Windom" });
});

test("undo PLAN.json reverts a saved plan whose apply was not recorded", async () => {
  await using sandbox = await Sandbox.withFront({ seed: SEED });
  sandbox.write(FILE, `${DALE}    name: Coop\n    links: [https://new.example]\n`);
  await sandbox.run("plan --out plan.json");
  await sandbox.run("apply plan.json --no-journal");
  for (const command of ["undo", "undo --auto-approve"]) {
    expect(await sandbox.fail(command)).toContain("No recorded runs found");
  }
  expect(await sandbox.fail("undo plan.json")).toContain("standard input is not a terminal");
  const before = await getDale(sandbox);
  expect((await undo(sandbox, "plan.json")).out).toContain("0 added, 1 changed, 0 destroyed.");
  expect(await getDale(sandbox)).toMatchObject({ name: "Dale", links: ["https://old.example"] });
  expect(before).toMatchObject({ name: "Coop" });
});

test("undo saves a plan that requires --detached", async () => {
  await using sandbox = await createAppliedSandbox(`${DALE}    name: Coop\n`);
  const { err } = await sandbox.run("undo --out undo.json");
  expect(err).toContain("front-contacts apply undo.json --detached");
  expect(await sandbox.fail("apply undo.json")).toContain("--detached");
  const applied = await sandbox.run("apply undo.json --detached");
  expect(applied.code).toBe(0);
  expect(applied.err).not.toContain("Omit --detached");
  expect(await getDale(sandbox)).toMatchObject({ name: "Dale" });
  expect((await listRuns(sandbox)).map(({ undoes }) => undoes)).toEqual([expect.stringMatching(/^20/), null]);
});

test("undo asks for approval, and shows the plan in every format", async () => {
  await using sandbox = await createAppliedSandbox(`${DALE}    name: Coop\n`);
  expect(await sandbox.run("undo", { answer: "no" })).toEqual({
    code: 1,
    out: expect.stringContaining('"Coop" -> "Dale"'),
    err: expect.stringContaining("Undo canceled."),
  });
  const [run] = await listRuns(sandbox);
  expect(await sandbox.succeed("undo --dry-run --format markdown")).toContain(`Undo of \`${run?.id}\``);
  expect(await sandbox.succeed("undo --dry-run --format html")).toContain(`Undo of <code>${run?.id}</code>`);
  const json = JSON.parse(await sandbox.succeed("undo --dry-run --json"));
  expect([json.front_contacts.undoes, json.resource_changes[0].change.after.name]).toEqual([run?.id, "Dale"]);
  await sandbox.succeed("undo --html result.html", { answer: "yes" });
  expect(await getDale(sandbox)).toMatchObject({ name: "Dale" });
  const result = sandbox.read("result.html");
  expect(result).toContain(`Undo of <code>${run?.id}</code>`);
  expect(result).toContain("Apply complete! Resources: 0 added, 1 changed, 0 destroyed.");
});

test.each([
  ["undo --format markdown", "--format markdown requires --dry-run or --out"],
  ["history --format html", "--format html requires a run ID"],
  ["undo --json", "--json requires --auto-approve, --dry-run or --out"],
  ["undo --refresh changes --dry-run", "Use one of: auto, scan, lookup."],
  ["undo --refresh=false --dry-run", "Use one of: auto, scan, lookup."],
  ["undo ffffffff --dry-run", 'Unknown run "ffffffff"'],
  ["undo missing.json --dry-run", '"missing.json" does not exist'],
])("%s is rejected", async (args, message) => {
  await using sandbox = await Sandbox.withFront({ seed: SEED });
  const { code, out, err } = await sandbox.run(args);
  expect([code, out + err]).toEqual([1, expect.stringContaining(message)]);
});

test("undo respects the guards and the company of the configuration", async () => {
  await using sandbox = await createAppliedSandbox(`${DALE}    name: Coop\n`);
  sandbox.write(FILE, `${DALE}settings: { company: cmp_other }\n`);
  expect(await sandbox.fail("undo --auto-approve")).toContain('but the configuration is for "cmp_other"');
  sandbox.write(FILE, `${DALE}settings: { guards: { changes: 0 } }\n`);
  expect(await sandbox.fail("undo --auto-approve")).toContain("--allow-changes 1");
  expect(await getDale(sandbox)).toMatchObject({ name: "Coop" });
});

test("history reads the results of a killed run from the journal, and undo does not need the journal", async () => {
  await using sandbox = await createAppliedSandbox(`${DALE}    name: Coop\n    links: [https://new.example]\n`);
  const [run] = await listRuns(sandbox);
  const path = join(sandbox.directory, `contacts/.front-contacts/runs/${run?.id}.json`);
  const { results: _, ended_at, requests, ...record } = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify(record));
  expect(await sandbox.succeed("history")).toContain("1 applied (not finished)");
  rmSync(join(sandbox.directory, "contacts/.front-contacts/journal.jsonl"));
  expect(await sandbox.succeed("history")).toContain("1 unknown (not finished)");
  await undo(sandbox);
  expect(await getDale(sandbox)).toMatchObject({ name: "Dale", links: ["https://old.example"] });
});

test("history lists runs, and shows a run with the operations that were not applied", async () => {
  await using sandbox = await Sandbox.withFront({ seed: SEED });
  expect(await sandbox.succeed("history")).toBe("No recorded runs.\n");
  sandbox.front.faults = [{ method: "PATCH", path: "/contacts/crd_1", kind: "status", status: 400 }];
  sandbox.write(FILE, `${DALE}    name: Coop\n`);
  await sandbox.run("apply --auto-approve");
  const [run] = await listRuns(sandbox);
  expect(run?.operations).toEqual({ applied: 0, failed: 1, unknown: 0, skipped: 0 });
  expect(await sandbox.succeed("history")).toContain("0 to add, 1 to change, 0 to destroy  1 failed");
  const details = await sandbox.succeed(`history ${run?.id}`);
  expect(details).toMatch(/Not applied:\n {2}failed: update-contact front_contact\.dale/);
  expect(details).toContain('"Dale" -> "Coop"');
  expect(await sandbox.succeed(`history ${run?.id} --format html`)).toContain("<!doctype html>");
  expect(await sandbox.succeed(`history ${run?.id} --format markdown`)).toContain(
    "**Plan: 0 to add, 1 to change, 0 to destroy.**",
  );
  expect(JSON.parse(await sandbox.succeed(`history ${run?.id} --json`)).results).toHaveLength(1);
});

test("no run is recorded for plan, with --no-journal, or if there are no changes", async () => {
  await using sandbox = await createAppliedSandbox(`${DALE}    name: Coop\n`, { args: "--no-journal" });
  await sandbox.run("plan");
  await sandbox.run("apply --auto-approve");
  expect(await listRuns(sandbox)).toEqual([]);
});

test.each([
  ["remove a handle", "remove phone", 'dale@fbi.example }, { source: phone, handle: "+13605550123" }'],
  ["delete the contact", "delete it", "new@fbi.example }"],
])("an undo is rejected if a contact is protected and the undo would %s", async (_, change, handles) => {
  const text = DALE.replace("dale@fbi.example }", handles);
  await using sandbox = await createAppliedSandbox(text);
  sandbox.write(FILE, `${text.replace("dale:", "renamed:")}    protect: true\n`);
  const { code, err, out } = await sandbox.run("undo --auto-approve --allow-removals 9");
  expect([code, out + err]).toEqual([1, expect.stringContaining(`has protect: true, but the plan would ${change}`)]);
  expect(out + err).toContain(`${FILE}:4`);
  expect(out + err).toMatch(/exclude the contact from the undo\. Use --exclude front_contact\.dale\.\n/);
  await sandbox.succeed("undo --auto-approve --allow-removals 9 --exclude front_contact.dale");
});

test("undo deletes a created account even if Front links a contact to it because of a restored email address", async () => {
  const seed: Seed = {
    contacts: [{ id: "crd_1", name: "Dale", handles: ["email:dale@fbi.example", "email:dale@acme.example"] }],
  };
  const acme = "accounts:\n  acme: { name: Acme, domains: [acme.example] }\n";
  await using sandbox = await createAppliedSandbox(`${acme}${DALE}    exact: [handles]\n`, { seed });
  await undo(sandbox);
  expect((await sandbox.get("/accounts"))["_results"]).toEqual([]);
  expect((await getDale(sandbox))["handles"]).toHaveLength(2);
});
