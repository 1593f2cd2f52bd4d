import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { digestOf } from "../../src/model/fingerprint.ts";
import { type RunOptions, Sandbox } from "../support/sandbox.ts";

const TOWN = `contacts:
  dale-cooper:
    name: Dale Cooper
    handles: [{ source: email, handle: dale@fbi.example }]
  harry-truman:
    name: Harry S. Truman
    handles: [{ source: email, handle: harry@sheriff.example }]
`;
const UNDECLARED = { handles: [{ source: "email", handle: "leo@truck.example" }], name: "Leo Johnson" };
const LEO = "/contacts/alt:email:leo%40truck.example";
const DALE = "/contacts/alt:email:dale%40fbi.example";

// A plan file is untrusted, so its content can have any type.
// biome-ignore lint/suspicious/noExplicitAny: see above
type PlanFile = any;

/** Applies the town, creates an undeclared contact, and saves a plan that renames Dale. */
async function withPlan(options: RunOptions = {}): Promise<{ sandbox: Sandbox; leo: string; dale: string }> {
  const sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/town.yaml", TOWN).run("apply --auto-approve");
  await sandbox.front.asTeammate("POST", "/contacts", UNDECLARED);
  sandbox.write("contacts/town.yaml", TOWN.replace("Dale Cooper", "Special Agent Cooper"));
  expect((await sandbox.run("plan --out plan.json", options)).code).toBe(0);
  return { sandbox, leo: String((await sandbox.get(LEO))["id"]), dale: String((await sandbox.get(DALE))["id"]) };
}

function readPlan(sandbox: Sandbox): PlanFile {
  return JSON.parse(sandbox.read("plan.json"));
}

/** Edits the plan file and updates its digest, which a forger can compute. */
function writePlanWith(sandbox: Sandbox, edit: (file: PlanFile) => void): void {
  const { content_digest: _, content_hmac: signature, ...content } = readPlan(sandbox);
  edit(content);
  const file = { ...content, content_digest: digestOf(content), content_hmac: signature };
  writeFileSync(join(sandbox.directory, "plan.json"), JSON.stringify(file));
}

const deletion = (id: string) => ({
  ...{ kind: "delete-contact", id: "delete-contact x", subjects: [`front_contact.undeclared["${id}"]`], dependsOn: [] },
  contact: { id, handles: UNDECLARED.handles, belongings: "0".repeat(64) },
});

const FORGERIES: readonly (readonly [string, (file: PlanFile, ids: { leo: string; dale: string }) => void, RegExp])[] =
  [
    [
      "no changes and an operation on an undeclared contact",
      ({ plan, desired }, { leo }) => {
        plan.changes = [];
        desired.contacts = [];
        plan.operations = [deletion(leo)];
      },
      /"delete-contact x" is on front_contact\.undeclared\["crd_\w+"\], which has no change in the plan/,
    ],
    [
      "a change without differences",
      ({ plan }) => {
        plan.changes[0].differences = [];
      },
      /the differences of front_contact\.dale-cooper do not match its values/,
    ],
    [
      "an alias instead of a contact's id",
      ({ plan }) => {
        plan.operations[0].contact.id = "alt:email:leo@truck.example";
      },
      /\/plan\/operations\/0\/contact\/id must match pattern/,
    ],
    [
      "an alias instead of a changed contact's id",
      ({ plan }) => {
        plan.changes[0].id = "alt:email:leo@truck.example";
      },
      /\/plan\/changes\/0\/id must match pattern/,
    ],
    [
      "a path instead of an account's id",
      ({ plan }, { dale }) => {
        const { subjects } = plan.operations[0];
        plan.operations.push({
          ...{ kind: "link-account", id: "link", subjects, dependsOn: [] },
          ...{ account: { id: "../contacts" }, contacts: [{ id: dale }] },
        });
      },
      /\/account\/id must match pattern/,
    ],
    [
      "an operation with properties that its kind does not have",
      ({ plan }) => {
        plan.operations[0].force = true;
      },
      /must NOT have additional properties/,
    ],
    [
      "attributes of another type",
      ({ plan }) => {
        plan.changes[0].before.handles = "none";
      },
      /\/plan\/changes\/0\/before\/handles must be array/,
    ],
    [
      "an entry whose id is an alias",
      ({ desired }) => {
        desired.contacts[0].id = "alt:email:leo@truck.example";
      },
      /\/desired\/contacts\/0\/id must match pattern/,
    ],
    [
      "two operations with the same id",
      ({ plan }) => {
        plan.operations.push(plan.operations[0]);
      },
      /two operations have the same id/,
    ],
    [
      "operations that depend on each other",
      ({ plan }) => {
        const [first] = plan.operations;
        plan.operations = [
          { ...first, dependsOn: ["again"] },
          { ...first, id: "again", dependsOn: [first.id] },
        ];
      },
      /its operations depend on each other in a cycle/,
    ],
    [
      "an entry without a change in the plan",
      ({ desired }) => {
        desired.contacts.push({ ...desired.contacts[0], key: "leo", ensure: "absent" });
      },
      /front_contact\.leo has an entry but no change/,
    ],
  ];

test.each(FORGERIES)("a plan file with %s is rejected, and no request is sent", async (_, edit, reason) => {
  const { sandbox, ...ids } = await withPlan();
  await using _sandbox = sandbox;
  writePlanWith(sandbox, (file) => edit(file, ids));
  const before = sandbox.front.requests.length;
  for (const command of ["apply plan.json --detached", "show plan.json"]) {
    const { code, out, err } = await sandbox.run(command);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(reason);
  }
  expect(sandbox.front.requests).toHaveLength(before);
});

/** Redirects the change of Dale to the contact with this id. */
function redirectChange({ plan }: PlanFile, id: string): void {
  plan.changes[0].id = id;
  plan.operations[0].contact.id = id;
  plan.basis.fingerprints = {};
  plan.basis.readAt = 4_000_000_000;
}

test("apply recomputes an operation, so a plan file cannot redirect the operation to another contact", async () => {
  const { sandbox, leo } = await withPlan();
  await using _ = sandbox;
  writePlanWith(sandbox, (file) => redirectChange(file, leo));
  const { code, err } = await sandbox.run("apply plan.json");
  expect(code).toBe(1);
  expect(err).toContain("dale-cooper changed in Front after this plan: id");
  expect((await sandbox.get(LEO))["name"]).toBe("Leo Johnson");
  expect((await sandbox.get(DALE))["name"]).toBe("Dale Cooper");
});

test("apply does not perform a change of an undeclared contact that was added to the plan file", async () => {
  const { sandbox, leo } = await withPlan();
  await using _ = sandbox;
  writePlanWith(sandbox, ({ plan }) => {
    const address = `front_contact.undeclared["${leo}"]`;
    plan.changes.push({
      ...{ address, type: "front_contact", name: leo, action: "delete", id: leo, after: null, notes: [] },
      ...{ before: UNDECLARED, kept: { handles: 0, links: 0, lists: 0, customFields: 0 } },
      differences: [
        { attribute: "name", before: "Leo Johnson" },
        { attribute: "handles", key: "email:leo@truck.example", before: UNDECLARED.handles[0] },
      ],
    });
    plan.operations.push(deletion(leo));
  });
  const { code, out } = await sandbox.run("apply plan.json --detached");
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining("0 added, 1 changed, 0 destroyed") });
  expect((await sandbox.get(LEO))["name"]).toBe("Leo Johnson");
});

test("rejects an entry of the plan file that differs from the configuration", async () => {
  const { sandbox } = await withPlan();
  await using _ = sandbox;
  const rename = (file: PlanFile) => {
    file.desired.contacts[0].name = "BOB";
    file.plan.changes[0].after.name = "BOB";
    file.plan.changes[0].differences[0].after = "BOB";
    file.plan.operations[0].name = "BOB";
  };
  writePlanWith(sandbox, rename);
  const { code, err } = await sandbox.run("apply plan.json");
  expect(code).toBe(1);
  expect(err).toContain("dale-cooper in this plan differs from the configuration: name");
  expect((await sandbox.get(DALE))["name"]).toBe("Dale Cooper");
});

test("apply does not perform an operation that was removed from the plan file", async () => {
  const { sandbox } = await withPlan();
  await using _ = sandbox;
  writePlanWith(sandbox, ({ plan }) => {
    plan.operations = [];
  });
  const { code, err } = await sandbox.run("apply plan.json");
  expect(code).toBe(1);
  expect(err).toContain("dale-cooper changed in Front after this plan: name");
  expect((await sandbox.get(DALE))["name"]).toBe("Dale Cooper");
});

const KEY = { FRONT_CONTACTS_PLAN_KEY: "the owls are not what they seem" };
const OTHER_KEY = { FRONT_CONTACTS_PLAN_KEY: "fire walk with me, fire walk" };

test("applies a signed plan with the same key", async () => {
  const { sandbox } = await withPlan({ env: KEY });
  await using _ = sandbox;
  expect(readPlan(sandbox).content_hmac).toMatch(/^[0-9a-f]{64}$/);
  const { code, err } = await sandbox.run("apply plan.json", { env: KEY });
  expect({ code, err }).toMatchObject({ code: 0, err: expect.not.stringContaining("Warning") });
});

test.each([
  ["signed with another key", KEY, OTHER_KEY, /"plan\.json" has an invalid signature/],
  ["not signed", {}, KEY, /"plan\.json" is not signed/],
] as const)("with a key, a plan that is %s is neither applied nor shown", async (_, planEnv, env, reason) => {
  const { sandbox } = await withPlan({ env: planEnv });
  await using _sandbox = sandbox;
  const before = sandbox.front.requests.length;
  for (const command of ["apply plan.json", "show plan.json"]) {
    const { code, out, err } = await sandbox.run(command, { env });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(reason);
  }
  expect(sandbox.front.requests).toHaveLength(before);
});

test("with a key, an edited plan is rejected even if its digest is correct", async () => {
  const { sandbox } = await withPlan({ env: KEY });
  await using _ = sandbox;
  writePlanWith(sandbox, ({ plan }) => {
    plan.company.name = "Other";
  });
  const { code, err } = await sandbox.run("apply plan.json", { env: KEY });
  expect(code).toBe(1);
  expect(err).toMatch(/"plan\.json" has an invalid signature/);
});

test("without a key, a signed plan is shown and applied with a warning", async () => {
  const { sandbox } = await withPlan({ env: KEY });
  await using _ = sandbox;
  for (const command of ["show plan.json", "apply plan.json"]) {
    const { code, err } = await sandbox.run(command);
    expect(code).toBe(0);
    expect(err).toContain('Warning: "plan.json" is signed, but the signature was not verified');
  }
});

test("rejects a key that is too short", async () => {
  const { sandbox } = await withPlan();
  await using _ = sandbox;
  const { code, err } = await sandbox.run("plan --out plan.json", { env: { FRONT_CONTACTS_PLAN_KEY: "secret" } });
  expect(code).toBe(1);
  expect(err).toContain("FRONT_CONTACTS_PLAN_KEY is too short");
  expect(err).not.toContain("secret ");
});
