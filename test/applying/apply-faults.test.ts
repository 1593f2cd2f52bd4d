import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import type { ApplyReport } from "../../src/applying/apply.ts";
import type { Fault } from "../../src/emulator/index.ts";
import type { DesiredState } from "../../src/model/contact.ts";
import type { Plan } from "../../src/model/plan.ts";
import { sample } from "../scale.ts";
import { desiredContact, desiredState, handle } from "../support/builders.ts";
import { portrait } from "../support/portrait.ts";
import { expectConverged } from "../support/scenarios.ts";
import { type TestEnvironment, withTestEnvironment } from "../support/test-environment.ts";
import { WRITES, type Write } from "../support/writes.ts";

const FAULTS: Readonly<Record<string, Fault>> = {
  "the connection is closed before the request is processed": { kind: "reset-before" },
  "the connection is closed after the request was processed": { kind: "reset-after" },
  "Front fails after it processed the request": { kind: "status", status: 503, processed: true },
  "Front fails before it processes the request": { kind: "status", status: 503 },
  "Front responds with 429": { kind: "429", retryAfter: 0.1 },
  "the connection is closed, and the request is processed later": { kind: "apply-delay", ms: 4 },
};

const FAULTED_WRITES = Object.entries(WRITES).flatMap(([name, write]) =>
  Object.entries(FAULTS).map(([condition, fault]) => [name, condition, write, fault] as const),
);
const isLostResponse = ([, , , { kind }]: (typeof FAULTED_WRITES)[number]) => kind === "reset-after";
/**
 * A quick run loses the response to every write, but combines each of the other faults with only some of the writes.
 */
const FAULT_CASES = [
  ...FAULTED_WRITES.filter(isLostResponse),
  ...sample(
    FAULTED_WRITES.filter((faultedWrite) => !isLostResponse(faultedWrite)),
    4,
  ),
];

function distinctStatuses({ results }: ApplyReport): Set<string> {
  return new Set(results.map(({ status }) => status));
}

/** Checks that Front matches the desired state, and that no contact, list or account exists twice. */
async function expectNoDuplicates(environment: TestEnvironment, desired: DesiredState): Promise<void> {
  await expectConverged({ environment, desired });
  expect(await environment.contacts()).toHaveLength(1);
}

function withPlan(
  { setUp, behavior = {} }: Write,
  run: (environment: TestEnvironment, plan: Plan, desired: DesiredState) => Promise<void>,
) {
  return withTestEnvironment({ behavior }, async (environment) => {
    const desired = await setUp(environment);
    await run(environment, await environment.plan(desired), desired);
  });
}

test.each(FAULT_CASES)("%s is applied without duplicates if %s", (_, __, write, fault) =>
  withPlan(write, async (environment, plan, desired) => {
    const { method, path } = write;
    environment.emulator.faults = [{ ...fault, method, path, nth: 1 }];
    const report = await environment.apply(plan);
    expect(distinctStatuses(report)).toEqual(new Set(["applied"]));
    // The limit allows for the retried write and for lookups of an email address and of a phone number in two
    // spellings.
    expect(report.requests).toBeLessThanOrEqual(plan.requests.total + 10);
    await wait(5);
    await expectNoDuplicates(environment, desired);
  }),
);

test.each(Object.entries(WRITES))(
  "%s is not reported as applied while Front fails, and the next plan applies it",
  (_, write) =>
    withPlan(write, async (environment, plan, desired) => {
      const { kind, method, path } = write;
      environment.emulator.faults = [{ kind: "status", status: 503, method, path }];
      const report = await environment.apply(plan);
      const result = report.results.find(({ operation }) => operation.kind === kind);
      expect(["failed", "unknown"]).toContain(result?.status);
      expect(result).toMatchObject({ message: expect.stringContaining("503"), advice: expect.stringMatching(/\.$/) });
      environment.emulator.faults = [];
      expect(distinctStatuses(await environment.planAndApply(desired))).toEqual(new Set(["applied"]));
      await expectNoDuplicates(environment, desired);
    }),
);

const MANY = Array.from({ length: 20 }, (_, index) => `c${index}@x.example`);

test.each([
  ["uploads of pictures", "PATCH", "/contacts/*"],
  ["additions to lists", "POST", "/contact_lists/*/contacts"],
  ["creations of contacts", "POST", "/contacts"],
] as const)("an apply with many %s stops after a few writes if Front fails permanently", (what, method, path) =>
  withTestEnvironment({}, async (environment) => {
    const avatar = environment.addPicture("ada.png", await portrait(1).png().toBuffer());
    for (const email of what === "creations of contacts" ? [] : MANY) await environment.createContact([handle(email)]);
    if (what === "additions to lists") for (const email of MANY) await environment.createList(email);
    const attributes = (email: string) =>
      what === "uploads of pictures" ? { avatar } : what === "additions to lists" ? { lists: [email] } : {};
    const plan = await environment.plan(desiredState(MANY.map((email) => desiredContact(email, attributes(email)))));
    expect(plan.operations).toHaveLength(MANY.length);
    environment.emulator.faults = [{ kind: "status", status: 503, method, path }];
    const before = environment.emulator.requests.length;
    const { results } = await environment.apply(plan);
    const writes = environment.emulator.requests.slice(before).filter((request) => request.method === method);
    expect(writes.length).toBeLessThanOrEqual(15);
    expect(results.filter(({ status }) => status === "unknown").length).toBeLessThanOrEqual(8);
    expect(results.at(-1)).toMatchObject({ status: "skipped", message: expect.stringContaining("503") });
  }),
);

/** Writes that read the resource first. retrying-client.test.ts tests their unknown outcomes. */
const READ_FIRST = ["a custom field", "a link", "a domain of an account"];
const OTHER_WRITES = Object.entries(WRITES).filter(([name]) => !READ_FIRST.includes(name));

test.each(OTHER_WRITES)(
  "the outcome for %s is unknown if no response to it arrives and all reads fail, and the next plan converges",
  (_, write) =>
    withPlan(write, async (environment, plan, desired) => {
      const { kind, method, path } = write;
      environment.beforeNext(method, () => {
        const failedReads = { kind: "status", status: 500, method: "GET" } as const;
        environment.emulator.faults = [{ kind: "reset-after", method, path }, failedReads];
      });
      const report = await environment.apply(plan);
      const result = report.results.find(({ operation }) => operation.kind === kind);
      expect(result?.status).toBe("unknown");
      environment.emulator.faults = [];
      await environment.planAndApply(desired);
      await expectNoDuplicates(environment, desired);
    }),
);

test("an apply whose lookup of one handle fails waits for the retried lookups of the other handles", () =>
  withTestEnvironment({}, async (environment) => {
    const plan = await environment.plan(desiredState([desiredContact(["ada@x.example", "eve@x.example"])]));
    const pathOf = (email: string) => `/contacts/alt:email:${encodeURIComponent(email)}`;
    environment.emulator.faults = [
      { kind: "status", status: 409, method: "POST", path: "/contacts" },
      { kind: "html", status: 403, method: "GET", path: pathOf("ada@x.example") },
      { kind: "429", retryAfter: 0.1, method: "GET", path: pathOf("eve@x.example"), times: 1 },
    ];
    expect((await environment.apply(plan)).results).toMatchObject([{ status: "failed" }]);
    const retried = environment.emulator.requests.filter(({ path }) => path === pathOf("eve@x.example"));
    expect(retried.map(({ status }) => status)).toEqual([429, 404]);
  }));

test("a creation with an unknown outcome is not retried if another contact has the handle", () =>
  withTestEnvironment({}, async (environment) => {
    const plan = await environment.plan(desiredState([desiredContact("ada@x.example", { name: "Ada" })]));
    environment.emulator.faults = [{ kind: "reset-before", method: "POST", path: "/contacts" }];
    await environment.createContact([handle("ada@x.example")], { name: "Another Ada" });
    const report = await environment.apply(plan);
    expect(report.results).toMatchObject([{ status: "unknown", message: expect.stringContaining("has a handle") }]);
    expect(environment.emulator.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
    expect((await environment.contacts()).map(({ name }) => name)).toEqual(["Another Ada"]);
  }));

test("a contact with only one of the handles is not mistaken for the created contact", () =>
  withTestEnvironment({}, async (environment) => {
    const plan = await environment.plan(desiredState([desiredContact(["ada@x.example", "+1"])]));
    await environment.createContact([handle("+1")]);
    environment.emulator.faults = [{ kind: "reset-before", method: "POST", path: "/contacts" }];
    expect((await environment.apply(plan)).results).toMatchObject([{ status: "unknown" }]);
    expect(await environment.contacts()).toHaveLength(1);
  }));

test.each([
  ["was not performed", "reset-before"],
  ["was performed", "reset-after"],
] as const)("a private contact is not mistaken for the created contact if the creation %s", (_, kind) =>
  withTestEnvironment(
    {
      seed: { contacts: [{ id: "crd_private", name: "Ada", handles: ["email:ada@x.example"], is_private: true }] },
      behavior: { privateAliases: "first" },
    },
    async (environment) => {
      const plan = await environment.plan(desiredState([desiredContact("ada@x.example", { name: "Ada" })]));
      environment.emulator.faults = [{ kind, method: "POST", path: "/contacts", times: 1 }];
      const { results } = await environment.apply(plan);
      const contacts = await environment.contacts();
      const shared = contacts.filter((contact) => contact["is_private"] !== true);
      expect(contacts).toHaveLength(2);
      expect(shared).toMatchObject([{ name: "Ada" }]);
      expect(results).toMatchObject([{ status: "applied", contactId: shared[0]?.["id"] }]);
    },
  ),
);

test.each([
  ["a contact is not created", desiredContact("dee@x.example")],
  ["a handle is not added", desiredContact(["ada@x.example", "dee@x.example"])],
])("%s if a private contact has the handle, and the advice names the private contact", (_, entry) =>
  withTestEnvironment(
    {
      seed: {
        contacts: [
          { id: "crd_ada", handles: ["email:ada@x.example"] },
          { id: "crd_private", name: "Dee", handles: ["email:dee@x.example"], is_private: true },
        ],
      },
    },
    async (environment) => {
      const plan = await environment.plan(desiredState([entry]));
      const message = "The handles conflict with the contact(s): crd_private.";
      environment.emulator.faults = [{ kind: "status", status: 409, body: { _error: { message } }, method: "POST" }];
      expect((await environment.apply(plan)).results).toMatchObject([
        {
          status: "failed",
          advice: expect.stringMatching("^crd_private has a handle .* a teammate's private contact"),
        },
      ]);
    },
  ),
);

test("the conflict with a contact that the token cannot read is reported", () =>
  withTestEnvironment({}, async (environment) => {
    const plan = await environment.plan(desiredState([desiredContact("dee@x.example")]));
    const message = "The handles conflict with the contact(s): crd_private.";
    environment.emulator.faults = [
      { kind: "status", status: 409, body: { _error: { message } }, method: "POST" },
      { kind: "status", status: 403, body: { _error: { status: 403 } }, method: "GET", path: "/contacts/*" },
    ];
    expect((await environment.apply(plan)).results).toMatchObject([
      { status: "failed", message: expect.stringContaining(message) },
    ]);
  }));

test.each([409, 400] as const)(
  "a handle is not added if another contact received it after the plan (status %d)",
  (status) =>
    withTestEnvironment({ behavior: { errorParts: "status", conflictStatus: status } }, async (environment) => {
      await environment.createContact([handle("ada@x.example")]);
      const plan = await environment.plan(desiredState([desiredContact(["ada@x.example", "+1"])]));
      const owner = await environment.createContact([handle("+1")]);
      expect((await environment.apply(plan)).results).toMatchObject([
        { status: "failed", advice: expect.stringMatching(`^${owner} has a handle of this contact`) },
      ]);
    }),
);

test.each([409, 400] as const)(
  "a contact is not created if another contact received its handle after the plan (status %d)",
  (status) =>
    withTestEnvironment({ behavior: { errorParts: "status", conflictStatus: status } }, async (environment) => {
      const plan = await environment.plan(desiredState([desiredContact("ada@x.example", { name: "Ada" })]));
      const owner = await environment.createContact([handle("ada@x.example")]);
      expect((await environment.apply(plan)).results).toMatchObject([
        { status: "failed", advice: expect.stringMatching(`^${owner} has a handle of this contact`) },
      ]);
      expect(await environment.contacts()).toHaveLength(1);
    }),
);

test("if a contact was deleted after the plan, only the operation on it fails", () =>
  withTestEnvironment({}, async (environment) => {
    const ada = await environment.createContact([handle("ada@x.example")]);
    await environment.createContact([handle("bob@x.example")]);
    const plan = await environment.plan(
      desiredState(["ada", "bob"].map((key) => desiredContact(`${key}@x.example`, { name: key }))),
    );
    await environment.request("DELETE", `/contacts/${ada}`);
    const report = await environment.apply(plan);
    expect(report.results.map(({ status }) => status)).toEqual(["failed", "applied"]);
  }));

const FIELDS = { "Job Title": "Agent", Location: "Here" };

interface Edit {
  readonly patch: object;
  readonly expected: object;
  readonly status: "applied" | "failed";
}

const EDITS: Readonly<Record<string, Edit>> = {
  "a declared field": {
    patch: { custom_fields: { ...FIELDS, "Job Title": "Ours" } },
    expected: { name: "Eva", custom_fields: { ...FIELDS, "Job Title": "Ours" } },
    status: "failed",
  },
  "a declared name": {
    patch: { name: "Ours" },
    expected: { name: "Ours", custom_fields: FIELDS },
    status: "failed",
  },
  "a field to its declared value": {
    patch: { custom_fields: { ...FIELDS, "Job Title": "Chief" } },
    expected: { name: "Ada", custom_fields: { ...FIELDS, "Job Title": "Chief" } },
    status: "applied",
  },
  "an undeclared field": {
    patch: { custom_fields: { ...FIELDS, Location: "There", "Badge Number": 7 } },
    expected: { name: "Ada", custom_fields: { "Job Title": "Chief", Location: "There", "Badge Number": 7 } },
    status: "applied",
  },
  "other undeclared values": {
    patch: { description: "theirs", links: ["https://theirs.example"] },
    expected: { name: "Ada", description: "theirs", links: ["https://theirs.example"] },
    status: "applied",
  },
};

/** The times at which someone edits the contact in Front. Each function calls `edit` or schedules the call. */
const MOMENTS: Readonly<Record<string, (environment: TestEnvironment, edit: () => Promise<unknown>) => unknown>> = {
  "between plan and apply": (_, edit) => edit(),
  "before a rate-limited write is retried": (environment, edit) => {
    environment.emulator.faults = [{ kind: "429", retryAfter: 0.1, method: "PATCH", nth: 1 }];
    environment.beforeNext("PATCH", edit);
  },
  "before a failed write is retried": (environment, edit) => {
    environment.emulator.faults = [{ kind: "status", status: 503, method: "PATCH", nth: 1 }];
    environment.beforeNext("PATCH", edit);
  },
};

const EDITS_AT_MOMENTS = Object.entries(EDITS).flatMap(([title, edit]) =>
  Object.entries(MOMENTS).map(([moment, prepare]) => [title, moment, edit, prepare] as const),
);

test.each(EDITS_AT_MOMENTS)("no edit is overwritten if someone changes %s %s", (_, moment, edit, prepare) =>
  withTestEnvironment({}, async (environment) => {
    const { patch, expected, status } = edit;
    const id = await environment.createContact([handle("ada@x.example")], { name: "Eva", custom_fields: FIELDS });
    const desired = desiredState([
      desiredContact("ada@x.example", { name: "Ada", customFields: { "Job Title": "Chief" } }),
    ]);
    const plan = await environment.plan(desired);
    await prepare(environment, () => environment.request("PATCH", `/contacts/${id}`, patch));
    const report = await environment.apply(plan);
    // After a 503, it is unknown whether the edit was made before or after the write.
    const isUnknown = status === "failed" && moment === "before a failed write is retried";
    expect(report.results).toMatchObject([{ status: isUnknown ? "unknown" : status }]);
    expect(await environment.contacts()).toMatchObject([expected]);
  }),
);
