import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { digestOf } from "../../src/model/fingerprint.ts";
import { readPlan } from "../support/planned-change.ts";
import { type RunOptions, Sandbox } from "../support/sandbox.ts";

const TOWN = `contacts:
  dale-cooper:
    name: Special Agent Cooper
    handles: [{ source: email, handle: dale@fbi.example }]
  harry-truman:
    name: Harry S. Truman
    handles: [{ source: email, handle: harry@sheriff.example }]
`;
const UNDECLARED = { handles: [{ source: "email", handle: "leo@truck.example" }], name: "Leo Johnson" };
const [DALE, LEO] = ["crd_dale", "crd_leo"];
const SEED = {
  contacts: [
    { id: DALE, handles: ["email:dale@fbi.example"], name: "Dale Cooper" },
    { handles: ["email:harry@sheriff.example"], name: "Harry S. Truman" },
    { ...UNDECLARED, id: LEO },
  ],
};

/** Starts an emulator that has an undeclared contact, and saves a plan that renames Dale. */
async function withPlan(options: RunOptions = {}): Promise<Sandbox> {
  const sandbox = (await Sandbox.withFront({ seed: SEED })).write("contacts/town.yaml", TOWN);
  await sandbox.succeed("plan --out plan.json", options);
  return sandbox;
}

let planned: Sandbox;
beforeAll(async () => {
  planned = await withPlan();
});
afterAll(() => planned[Symbol.asyncDispose]());

/** Edits the plan file, and updates the digest, but not the signature. A forger can compute only the digest. */
function writePlanWith(sandbox: Sandbox, edit: (file: PlanFile) => void): void {
  const { content_digest: _, content_hmac: signature, ...content } = readPlan(sandbox);
  edit(content);
  sandbox.write(
    "plan.json",
    JSON.stringify({ ...content, content_digest: digestOf(content), content_hmac: signature }),
  );
}

// A plan file is untrusted, so its content can have any type.
// biome-ignore lint/suspicious/noExplicitAny: see above
type PlanFile = any;

/** Replaces the value at a path like `plan.changes.0.id`. */
function replaceAt(file: PlanFile, path: string, value: unknown): void {
  const names = path.split(".");
  const parent = names.slice(0, -1).reduce((object, name) => object[name], file);
  parent[names.at(-1) ?? ""] = value;
}

const DELETION = {
  kind: "delete-contact",
  id: "delete-contact x",
  subjects: [`front_contact.undeclared["${LEO}"]`],
  dependsOn: [],
  contact: { id: LEO, handles: UNDECLARED.handles, belongings: "0".repeat(64) },
};
const ALIAS = "alt:email:leo@truck.example";

/** Forgeries, each with its new values by path and the expected error. */
const FORGERIES: readonly (readonly [string, (file: PlanFile) => Record<string, unknown>, RegExp])[] = [
  [
    "no changes and an operation on an undeclared contact",
    () => ({ "plan.changes": [], "desired.contacts": [], "plan.operations": [DELETION] }),
    /"delete-contact x" is on front_contact\.undeclared\["crd_\w+"\], which has no change in the plan/,
  ],
  [
    "a change without differences",
    () => ({ "plan.changes.0.differences": [] }),
    /the differences of front_contact\.dale-cooper do not match its values/,
  ],
  [
    "an alias instead of a contact's ID",
    () => ({ "plan.operations.0.contact.id": ALIAS }),
    /\/plan\/operations\/0\/contact\/id must match pattern/,
  ],
  [
    "an alias instead of a changed contact's ID",
    () => ({ "plan.changes.0.id": ALIAS }),
    /\/plan\/changes\/0\/id must match pattern/,
  ],
  [
    "a path instead of an account's ID",
    ({ plan: { operations } }) => ({
      "plan.operations.1": {
        kind: "link-account",
        id: "link",
        subjects: operations[0].subjects,
        dependsOn: [],
        account: { id: "../contacts" },
        contacts: [{ id: DALE }],
      },
    }),
    /\/account\/id must match pattern/,
  ],
  [
    "an operation with properties that its kind does not have",
    () => ({ "plan.operations.0.force": true }),
    /must NOT have additional properties/,
  ],
  [
    "attributes of another type",
    () => ({ "plan.changes.0.before.handles": "none" }),
    /\/plan\/changes\/0\/before\/handles must be array/,
  ],
  [
    "an entry whose ID is an alias",
    () => ({ "desired.contacts.0.id": ALIAS }),
    /\/desired\/contacts\/0\/id must match pattern/,
  ],
  [
    "two operations with the same ID",
    ({ plan }) => ({ "plan.operations.1": plan.operations[0] }),
    /two operations have the same ID/,
  ],
  [
    "operations that depend on each other",
    ({ plan: { operations } }) => ({
      "plan.operations.1": { ...operations[0], id: "again", dependsOn: [operations[0].id] },
      "plan.operations.0.dependsOn": ["again"],
    }),
    /its operations depend on each other in a cycle/,
  ],
  [
    "text instead of a request count",
    () => ({ "plan.requests.byKind.read": "\u001b[2J" }),
    /\/plan\/requests\/byKind\/read must be integer/,
  ],
  [
    "an attribute that does not exist",
    () => ({ "plan.changes.0.differences.0.attribute": "\u001b[2J" }),
    /\/plan\/changes\/0\/differences\/0\/attribute must be equal to one of the allowed values/,
  ],
  [
    "text instead of a severity",
    () => ({ "plan.diagnostics": [{ severity: '"><img>', code: "empty", summary: "", advice: "" }] }),
    /\/plan\/diagnostics\/0\/severity must be equal to one of the allowed values/,
  ],
  ...[{ kind: "none" }, { kind: "allow-changes", count: "\u001b[2J" }, { kind: "repeat-undo" }, "none"].map(
    (remedy): (typeof FORGERIES)[number] => [
      `the remedy ${JSON.stringify(remedy)}`,
      () => ({ "plan.diagnostics": [{ severity: "warning", code: "empty", summary: "", advice: "", remedy }] }),
      /\/plan\/diagnostics\/0\/remedy/,
    ],
  ),
  [
    "a time outside the range of dates",
    () => ({ "plan.basis.readAt": 1e300 }),
    /\/plan\/basis\/readAt must be <= 8640000000000/,
  ],
  [
    "an entry without a change in the plan",
    ({ desired }) => ({ "desired.contacts.1": { ...desired.contacts[0], key: "leo", ensure: "absent" } }),
    /front_contact\.leo has an entry but no change/,
  ],
];

async function expectRejected(sandbox: Sandbox, commands: readonly string[], reason: RegExp, options: RunOptions = {}) {
  const before = sandbox.front.requests.length;
  for (const command of commands) {
    const { code, out, err } = await sandbox.run(command, options);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(reason);
  }
  expect(sandbox.front.requests).toHaveLength(before);
}

test.each(FORGERIES)("a plan file with %s is rejected, and no request is sent", async (_, edit, reason) => {
  await using sandbox = await planned.copy();
  writePlanWith(sandbox, (file) => {
    for (const [path, value] of Object.entries(edit(file))) replaceAt(file, path, value);
  });
  await expectRejected(sandbox, ["apply plan.json --detached", "show plan.json"], reason);
});

async function expectNames(sandbox: Sandbox, dale: string): Promise<void> {
  expect(await sandbox.get(`/contacts/${DALE}`)).toMatchObject({ name: dale });
  expect(await sandbox.get(`/contacts/${LEO}`)).toMatchObject({ name: "Leo Johnson" });
}

test("a plan file cannot redirect an operation to another contact", async () => {
  await using sandbox = await planned.copy();
  writePlanWith(sandbox, ({ plan }) => {
    plan.changes[0].id = LEO;
    plan.operations[0].contact.id = LEO;
    plan.basis.fingerprints = {};
    plan.basis.readAt = 4_000_000_000;
  });
  expect(await sandbox.fail("apply plan.json")).toContain(
    "dale-cooper changed in Front after this plan: it matches another contact",
  );
  await expectNames(sandbox, "Dale Cooper");
});

test("apply does not perform a deletion that was added to the plan file for an undeclared contact", async () => {
  await using sandbox = await planned.copy();
  writePlanWith(sandbox, ({ plan }) => {
    const address = `front_contact.undeclared["${LEO}"]`;
    plan.changes.push({
      address,
      type: "front_contact",
      name: LEO,
      action: "delete",
      id: LEO,
      after: null,
      notes: [],
      before: UNDECLARED,
      kept: { handles: 0, links: 0, lists: 0, customFields: 0 },
      differences: [
        { attribute: "name", before: "Leo Johnson" },
        { attribute: "handles", key: "email:leo@truck.example", before: UNDECLARED.handles[0] },
      ],
    });
    plan.operations.push(DELETION);
  });
  expect(await sandbox.succeed("apply plan.json --detached")).toContain("0 added, 1 changed, 0 destroyed");
  await expectNames(sandbox, "Special Agent Cooper");
});

test("apply rejects an entry of the plan file that differs from the configuration", async () => {
  await using sandbox = await planned.copy();
  writePlanWith(sandbox, ({ desired, plan }) => {
    desired.contacts[0].name = "BOB";
    plan.changes[0].after.name = "BOB";
    plan.changes[0].differences[0].after = "BOB";
    plan.operations[0].name = "BOB";
  });
  const err = await sandbox.fail("apply plan.json");
  expect(err).toContain("dale-cooper in this plan differs from the configuration: name");
  await expectNames(sandbox, "Dale Cooper");
});

test("apply refuses a change whose operation was removed from the plan file", async () => {
  await using sandbox = await planned.copy();
  writePlanWith(sandbox, (file) => replaceAt(file, "plan.operations", []));
  expect(await sandbox.fail("apply plan.json")).toContain("dale-cooper changed in Front after this plan: name");
  await expectNames(sandbox, "Dale Cooper");
});

const KEY = { FRONT_CONTACTS_PLAN_KEY: "the owls are not what they seem" };
const OTHER_KEY = { FRONT_CONTACTS_PLAN_KEY: "fire walk with me, fire walk" };

test("a signed plan is applied with the same key", async () => {
  await using sandbox = await withPlan({ env: KEY });
  expect(readPlan(sandbox)["content_hmac"]).toMatch(/^[0-9a-f]{64}$/);
  expect(await sandbox.run("apply plan.json", { env: KEY })).toMatchObject({
    code: 0,
    err: expect.not.stringContaining("Warning"),
  });
});

test.each([
  ["signed with another key", KEY, OTHER_KEY, /"plan\.json" has an invalid signature/],
  ["not signed", {}, KEY, /"plan\.json" is not signed/],
] as const)("with a key, a plan that is %s is neither applied nor shown", async (_, planEnv, env, reason) => {
  await using sandbox = await withPlan({ env: planEnv });
  await expectRejected(sandbox, ["apply plan.json", "show plan.json"], reason, { env });
});

test("with a key, an edited plan is rejected even if its digest is correct", async () => {
  await using sandbox = await withPlan({ env: KEY });
  writePlanWith(sandbox, (file) => replaceAt(file, "plan.company.name", "Other"));
  expect(await sandbox.fail("apply plan.json", { env: KEY })).toMatch(/"plan\.json" has an invalid signature/);
});

test("without a key, a signed plan is shown and applied with a warning", async () => {
  await using sandbox = await withPlan({ env: KEY });
  for (const command of ["show plan.json", "apply plan.json"]) {
    const { code, err } = await sandbox.run(command);
    expect(code).toBe(0);
    expect(err).toContain('Warning: "plan.json" is signed, but the signature was not verified');
  }
});

test.each(["secret", " ".repeat(32)])("plan rejects the key '%s', which is too short", async (key) => {
  await using sandbox = await planned.copy();
  const err = await sandbox.fail("plan --out plan.json", { env: { FRONT_CONTACTS_PLAN_KEY: key } });
  expect(err).toContain("FRONT_CONTACTS_PLAN_KEY is too short");
  expect(err).not.toContain("secret");
});
