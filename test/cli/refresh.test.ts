import { expect, test } from "@jest/globals";
import { parseFault } from "../../src/emulator/index.ts";
import { FULL_PAGES } from "../support/emulator.ts";
import { Sandbox } from "../support/sandbox.ts";

const CONTACT = "/contacts/alt:email:dale%40fbi.example";

function dale(name: string): string {
  return `contacts:\n  dale:\n    name: ${name}\n    handles: [{ source: email, handle: dale@fbi.example }]\n`;
}

async function withDale(seed: object = {}): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront({ seed, behavior: FULL_PAGES });
  return sandbox.write("contacts/dale.yaml", dale("Dale"));
}

test("plan --refresh changes reports which contacts it read, even if it plans no changes", async () => {
  await using sandbox = await withDale();
  await sandbox.run("apply --auto-approve");
  await sandbox.run("plan --refresh changes");
  const secondPlan = await sandbox.run("plan --refresh changes");
  expect(secondPlan.out).toMatch(
    /^\nNo changes\. Front matches the configuration\.\nRead the contacts that changed in Front since \d{4}-\d\d-\d\d \d\d:\d\d UTC\. .* plan with --refresh scan to include them\.\n$/,
  );
  const out = await sandbox.write("contacts/dale.yaml", dale("Coop")).succeed("plan --refresh changes");
  expect(out).toMatch(
    /Plan: 0 to add, 1 to change, 0 to destroy\.\nRequests: .* Read the contacts that changed in Front since /,
  );
});

test("after a full read, plan --refresh changes --json returns complete: false and the time of the previous read", async () => {
  await using sandbox = await withDale();
  await sandbox.run("apply --auto-approve");
  expect(JSON.parse(await sandbox.succeed("plan --refresh changes --json")).complete).toBe(true);
  const { complete, front_contacts } = JSON.parse(await sandbox.succeed("plan --refresh changes --json"));
  expect(complete).toBe(false);
  expect(front_contacts.coverage).toEqual({ contacts: "changes", read: 1, since: expect.any(Number) });
});

test("plan stores contacts in the cache only with --refresh changes", async () => {
  await using sandbox = await withDale();
  await sandbox.run("apply --auto-approve");
  await sandbox.run("plan");
  expect(sandbox.files("contacts/.front-contacts").some((name) => name.startsWith("reading-"))).toBe(false);
  await sandbox.run("plan --refresh changes");
  expect(sandbox.files("contacts/.front-contacts")).toContain("reading-cmp_tp1.json");
});

test("apply --refresh changes applies a change in the configuration", async () => {
  await using sandbox = await withDale();
  await sandbox.run("apply --auto-approve");
  await sandbox.run("plan --refresh changes");
  const { code } = await sandbox
    .write("contacts/dale.yaml", dale("Coop"))
    .run("apply --refresh changes --auto-approve");
  expect([code, (await sandbox.get(CONTACT)).name]).toEqual([0, "Coop"]);
});

test("plan --refresh changes skips an entry without an ID if the token can no longer read its contact", async () => {
  const contacts = [{ id: "crd_1", name: "Dale", handles: ["email:dale@fbi.example"], updated_at: 1 }];
  await using sandbox = await withDale({ contacts });
  await sandbox.succeed("plan --refresh changes");
  sandbox.front.faults = [parseFault("GET /contacts/crd_1=403")];
  const err = await sandbox.write("contacts/dale.yaml", dale("Coop")).fail("plan --refresh changes");
  expect(err).toContain("front_contact.dale is skipped, because the token has no access to its contact crd_1");
  expect(err).toContain("Give the token access. The rest of the plan is not affected.");
});

test("plan --refresh changes finds a contact that was deleted and created again", async () => {
  await using sandbox = await withDale();
  await sandbox.run("apply --auto-approve");
  await sandbox.run("plan --refresh changes");
  await sandbox.front.asTeammate("DELETE", CONTACT);
  await sandbox.succeed("apply --auto-approve");
  for (let time = 0; time < 2; time += 1) {
    await sandbox.succeed("plan --refresh changes --detailed-exitcode");
  }
});

const companyOf = (count: number) => ({
  contacts: Array.from({ length: count }, (_, index) => ({
    handles: [{ source: "email", handle: `c${index}@x.example` }],
  })),
});

test("if Front has no contacts left, the error advises starting the emulator with its saved data", async () => {
  await using sandbox = await withDale(companyOf(30));
  await sandbox.run("plan --refresh scan");
  for (let index = 0; index < 30; index += 1) {
    await sandbox.front.asTeammate("DELETE", `/contacts/alt:email:c${index}%40x.example`);
  }
  expect(await sandbox.fail("plan --refresh scan")).toMatch(
    /Front returned 0 contacts; the last full read found 30\s.*If this is a local Front emulator, start it with its saved data\./s,
  );
});

test("plan rejects a company that lost most of its contacts, unless --accept-shrink is specified", async () => {
  await using sandbox = await withDale(companyOf(60));
  await sandbox.run("plan --refresh scan");
  for (let index = 0; index < 59; index += 1) {
    await sandbox.front.asTeammate("DELETE", `/contacts/alt:email:c${index}%40x.example`);
  }
  await sandbox.run("plan --refresh scan");
  const rejectedPlan = await sandbox.run("plan --refresh scan");
  expect([rejectedPlan.code, rejectedPlan.out]).toEqual([1, ""]);
  expect(rejectedPlan.err).toContain("Front returned 1 contact; the last full read found 60");
  const acceptedPlan = await sandbox.run("plan --refresh scan --accept-shrink");
  expect(acceptedPlan.out).toContain("Plan: 1 to add");
  await sandbox.succeed("plan --refresh scan");
});

const TOMBSTONE = 'ensure: absent, handles: [{ source: phone, handle: "+13605550123" }]';
const ADDITION = 'handles: [{ source: email, handle: dale@fbi.example }, { source: phone, handle: "+13605550123" }]';
const OLD_FORMAT = "1 phone number was not found. If Front may store it in an older format, plan with --refresh scan.";

test.each([
  ["a deletion", TOMBSTONE],
  ["an addition to an existing contact", ADDITION],
])("a plan with lookups notes that %s may miss a phone number in an older format", async (_, entry) => {
  const laura = { id: "crd_2", name: "Laura", handles: [{ source: "phone", handle: "+1 (360) 555-0123" }] };
  const dale = { id: "crd_1", name: "Dale", handles: ["email:dale@fbi.example"] };
  await using sandbox = await Sandbox.withFront({
    behavior: { phoneForm: "e164" },
    seed: { contacts: [dale, laura] },
  });
  sandbox.write("contacts/all.yaml", `contacts:\n  someone: { ${entry} }\n`);
  for (const format of ["text", "markdown", "html"]) {
    expect((await sandbox.run(`plan --refresh lookup --format ${format}`)).out).toContain(OLD_FORMAT);
  }
  const json = JSON.parse((await sandbox.run("plan --refresh lookup --json")).out);
  expect(json.front_contacts.coverage).toMatchObject({ contacts: "declared", missing_phones: 1 });
  const { out, err } = await sandbox.run("plan --refresh scan");
  expect(out + err).not.toContain("not found");
});

test("a plan with lookups does not note a number that the contact has with a country code", async () => {
  const dale = { id: "crd_1", name: "Dale", handles: ["email:dale@fbi.example", "phone:+13605550123"] };
  await using sandbox = await Sandbox.withFront({ seed: { contacts: [dale] } });
  const phone = '{ source: phone, handle: "3605550123" }';
  for (const other of ["id: crd_1", "handles: [{ source: email, handle: dale@fbi.example }]"]) {
    const entry = other.startsWith("id") ? `${other}, handles: [${phone}]` : other.replace("]", `, ${phone}]`);
    sandbox.write("contacts/all.yaml", `contacts:\n  dale: { ${entry} }\n`);
    const { out } = await sandbox.run("plan --refresh lookup");
    expect(out).toContain("No changes.");
    expect(out).not.toContain("not found");
  }
});
