import { expect, test } from "@jest/globals";
import { BEHAVIOR_OPTIONS, type Fault } from "../../src/emulator/index.ts";
import type { DesiredState } from "../../src/model/contact.ts";
import { planChanges } from "../../src/planning/plan-changes.ts";
import type { Verification } from "../../src/verifying/verify.ts";
import { sample } from "../scale.ts";
import { desiredContact, desiredState, handle, locationAt, UNGUARDED } from "../support/builders.ts";
import { FULL_PAGES } from "../support/emulator.ts";
import { portrait } from "../support/portrait.ts";
import { expectConverged } from "../support/scenarios.ts";
import { type TestEnvironment, withTestEnvironment } from "../support/test-environment.ts";
import { WRITES } from "../support/writes.ts";

const ADA = "ada@x.example";

const emails = (count: number) => Array.from({ length: count }, (_, index) => `c${index}@x.example`);

function summaries({ diagnostics }: Verification): string[] {
  return diagnostics.map(({ summary }) => summary);
}

async function sentBy(environment: TestEnvironment, action: () => Promise<unknown>): Promise<string[]> {
  const before = environment.sentRequests().length;
  await action();
  return environment.sentRequests().slice(before);
}

/** Creates a contact, and returns a desired state that changes each of its attributes and has a second contact. */
async function createDesiredStateWithAllChanges(environment: TestEnvironment): Promise<DesiredState> {
  await environment.createList("Old");
  const { id } = await environment.request("POST", "/accounts", { name: "Acme" });
  await environment.createContact([handle(ADA), handle("+442079460001")], { name: "Eva", list_names: ["Old"] });
  const avatar = environment.addPicture("ada.png", await portrait(1).png().toBuffer());
  const attributes = { name: "Ada", description: "d", links: ["https://a.example"], lists: ["New"], avatar };
  const otherAttributes = { customFields: { "Job Title": "Agent" }, account: { id, location: locationAt(9) } };
  return desiredState(
    [
      desiredContact([ADA, "+442079460002"], { ...attributes, ...otherAttributes, exact: ["handles", "lists"] }),
      desiredContact(["bob@x.example", "+442079460003"], { ...attributes, ...otherAttributes }),
    ],
    { lists: ["New"] },
  );
}

type Edit = (environment: TestEnvironment, contactId: string) => Promise<unknown>;

const sendTo =
  (method: string, path: string, body?: object): Edit =>
  (environment, id) =>
    environment.request(method, `/contacts/${id}${path}`, body);

const changeList =
  (method: string, name: string): Edit =>
  async (environment, id) => {
    const { _results: lists } = await environment.request("GET", "/contact_lists");
    const list = lists.find((candidate: { name: string }) => candidate.name === name);
    await environment.request(method, `/contact_lists/${list.id}/contacts`, { contact_ids: [id] });
  };

const OLD_PHONE = handle("+442079460001");
const NEW_PHONE = handle("+442079460002");

const EDITS: [string, Edit, problem: string][] = [
  ["renames the contact", sendTo("PATCH", "", { name: "X" }), 'name is "X" in Front instead of "Ada"'],
  ["clears the description", sendTo("PATCH", "", { description: "" }), 'description is empty in Front instead of "d"'],
  [
    "clears a field",
    sendTo("PATCH", "", { custom_fields: {} }),
    'custom field Job Title is empty in Front instead of "Agent"',
  ],
  ["removes a link", sendTo("PATCH", "", { links: [] }), "link https://a.example is missing in Front"],
  ["removes a handle", sendTo("DELETE", "/handles", NEW_PHONE), "phone +442079460002 is missing in Front"],
  ["adds a removed handle", sendTo("POST", "/handles", OLD_PHONE), "phone +442079460001 was not removed in Front"],
  ["removes the contact from a list", changeList("DELETE", "New"), "list New is missing in Front"],
  ["adds the contact to a list", changeList("POST", "Old"), "list Old was not removed in Front"],
  ["deletes the contact", sendTo("DELETE", ""), "the contact is missing in Front"],
];

// Phone numbers are stored as sent, because a different format would cause a warning.
test.each(EDITS)("an edit after the apply is reported: a teammate %s", (_, edit, problem) =>
  withTestEnvironment({ behavior: { phoneForm: "as-sent" } }, async (environment) => {
    const plan = await environment.plan(await createDesiredStateWithAllChanges(environment));
    const report = await environment.apply(plan);
    await edit(environment, (await environment.request("GET", `/contacts/alt:email:${ADA}`)).id);
    const verification = await environment.verify(plan, report);
    expect(verification).toMatchObject({ complete: false, resources: 1 });
    expect(verification.diagnostics).toEqual([
      expect.objectContaining({ severity: "error", code: "not-as-planned", location: locationAt(10) }),
    ]);
    expect(summaries(verification)).toEqual([`front_contact.ada is not as planned: ${problem}`]);
  }),
);

test("a contact that a teammate unlinked from its account is reported", () =>
  withTestEnvironment({}, async (environment) => {
    const acme = await environment.request("POST", "/accounts", { name: "Acme" });
    const id = await environment.createContact([handle(ADA)]);
    const plan = await environment.plan(
      desiredState([desiredContact(ADA, { account: { id: acme.id, location: locationAt(9) } })]),
    );
    const report = await environment.apply(plan);
    await environment.request("DELETE", `/accounts/${acme.id}/contacts`, { contact_ids: [id] });
    expect(summaries(await environment.verify(plan, report))).toEqual([
      `front_contact.ada is not as planned: account ${acme.id} is missing in Front`,
    ]);
  }));

/** The writes that Front can skip. Excludes creations and merges, because later operations depend on them. */
const SKIPPABLE_WRITES = Object.entries(WRITES).filter(([, { kind }]) => !/create|merge/.test(kind));

test.each(SKIPPABLE_WRITES)("a write that Front acknowledges but does not perform is reported: %s", (_, write) => {
  const { kind, method, path, setUp, behavior = {} } = write;
  return withTestEnvironment({ behavior }, async (environment) => {
    const plan = await environment.plan(await setUp(environment));
    environment.emulator.faults = [{ kind: "status", status: 204, method, path }];
    const report = await environment.apply(plan);
    expect(report.results.map(({ operation, status }) => [operation.kind, status])).toContainEqual([kind, "applied"]);
    const { complete, diagnostics } = await environment.verify(plan, report);
    expect(complete).toBe(false);
    expect(new Set(diagnostics.map(({ code }) => code))).toEqual(new Set(["not-as-planned"]));
  });
});

/** The non-default values of each behavior. */
const BEHAVIORS = Object.entries(BEHAVIOR_OPTIONS).flatMap(([name, [, ...others]]) =>
  others.map((value: unknown) => [`${name}: ${value}`, { [name]: value }] as const),
);

test.each(sample(BEHAVIORS, 5))("a verification succeeds with the behavior %s", (_, behavior) =>
  withTestEnvironment({ behavior }, async (environment) => {
    const plan = await environment.plan(await createDesiredStateWithAllChanges(environment));
    const { report, verification } = await environment.applyAndVerify(plan);
    expect(report.results.filter(({ status }) => status !== "applied")).toEqual([]);
    expect(verification).toMatchObject({ complete: true, resources: 2 });
    expect(verification.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  }),
);

test("a value that Front stores in a different format causes a warning", () =>
  withTestEnvironment({ behavior: { phoneForm: "digits" } }, async (environment) => {
    const plan = await environment.plan(desiredState([desiredContact([ADA, "+44 20 7946 0001"])]));
    const { verification } = await environment.applyAndVerify(plan);
    const summary = "Front stored 1 value in a different format";
    const advice =
      'front_contact.ada: phone "+44 20 7946 0001" was stored as "442079460001". Both forms are treated as equal; no action is needed.';
    expect(verification.complete).toBe(true);
    expect(verification.diagnostics).toEqual([{ severity: "warning", code: "spelled-differently", summary, advice }]);
  }));

test("if Front adds a country code to a number, the warning contains the correction", () =>
  withTestEnvironment({ behavior: { phoneForm: "e164" } }, async (environment) => {
    const plan = await environment.plan(desiredState([desiredContact("phone:2025550123")]));
    const { verification } = await environment.applyAndVerify(plan);
    expect(verification).toMatchObject({
      complete: true,
      diagnostics: [
        {
          code: "spelled-differently",
          advice: expect.stringMatching(
            /"2025550123" was stored as "\+12025550123"\. In the configuration, write phone numbers with \+/,
          ),
        },
      ],
    });
  }));

test("a number without a country code is compared with its stored format, not with a similar number", () =>
  withTestEnvironment({ behavior: { phoneForm: "e164" } }, async (environment) => {
    const plan = await environment.plan(desiredState([desiredContact(["phone:+49891234567", "phone:01711234567"])]));
    const { verification } = await environment.applyAndVerify(plan);
    const advice = expect.stringContaining('phone "01711234567" was stored as "+01711234567"');
    expect(verification).toMatchObject({ complete: true, diagnostics: [{ code: "spelled-differently", advice }] });
  }));

test("contacts are read by ID if Front does not list them yet", () =>
  withTestEnvironment({ indexLag: 600_000 }, async (environment) => {
    const plan = await environment.plan(desiredState(emails(3).map((email) => desiredContact(email))));
    const { verification } = await environment.applyAndVerify(plan);
    expect(verification).toMatchObject({ complete: true, diagnostics: [], requests: 4 });
  }));

test("a contact is read again before a difference is reported", () =>
  withTestEnvironment({}, async (environment) => {
    const id = await environment.createContact([handle(ADA)], { name: "Eva" });
    const stale = await environment.request("GET", `/contacts/${id}`);
    const plan = await environment.plan(desiredState([desiredContact(ADA, { name: "Ada" })]));
    const report = await environment.apply(plan);
    const staleResponse: Fault = { kind: "status", status: 200, method: "GET" };
    environment.emulator.faults = [
      { ...staleResponse, path: "/contacts", body: { _results: [stale], _pagination: { next: null } } },
      { ...staleResponse, path: `/contacts/${id}`, body: stale, times: 3 },
    ];
    const verification = await environment.verify(plan, report);
    expect(verification).toEqual({ complete: true, resources: 1, diagnostics: [], requests: 5 });
  }));

test("contacts are read again with a listing if more than 100 are still not as planned", () =>
  withTestEnvironment({}, async (environment) => {
    for (const email of emails(120)) await environment.createContact([handle(email)]);
    const plan = await environment.plan(desiredState(emails(120).map((email) => desiredContact(email, { name: "N" }))));
    environment.emulator.faults = [{ kind: "status", status: 204, method: "PATCH" }];
    const { verification } = await environment.applyAndVerify(plan);
    expect(verification.diagnostics).toHaveLength(120);
    expect(verification.requests).toBe(1 + 120 + 3);
  }));

test.each<[string, Fault]>([
  ["rejects requests", { kind: "status", status: 403, method: "GET" }],
  ["cannot be reached", { kind: "reset-before", method: "GET" }],
])("a verification is incomplete if Front %s", (_, fault) =>
  withTestEnvironment({}, async (environment) => {
    const plan = await environment.plan(desiredState([desiredContact(ADA)]));
    const report = await environment.apply(plan);
    environment.emulator.faults = [fault];
    const verification = await environment.verify(plan, report);
    expect(verification).toMatchObject({ complete: false, diagnostics: [{ severity: "error", code: "not-verified" }] });
    expect(summaries(verification)).toEqual([expect.stringMatching(/^The apply could not be verified: /)]);
  }),
);

test("an interrupted apply is not verified", () =>
  withTestEnvironment({}, async (environment) => {
    const plan = await environment.plan(desiredState(emails(4).map((email) => desiredContact(email))));
    const verification = await environment.verify(plan, await environment.applyInterrupted(plan, 1));
    const diagnostics = [{ code: "not-verified" }];
    expect(verification).toMatchObject({ complete: false, resources: 0, requests: 0, diagnostics });
  }));

test.each([
  ["a plan", undefined, "Create a new plan to see the remaining changes."],
  ["an undo", "20261203T1430-1a2b", "Undo 20261203T1430-1a2b again to see the remaining changes."],
])("the next step after the interrupted apply of %s shows what remains of it", (_, undoes, advice) =>
  withTestEnvironment({}, async (environment) => {
    const plan = await environment.plan(desiredState(emails(4).map((email) => desiredContact(email))));
    const report = await environment.applyInterrupted(plan, 1);
    const { diagnostics } = await environment.verify(undoes === undefined ? plan : { ...plan, undoes }, report);
    expect(diagnostics).toMatchObject([{ advice }]);
  }),
);

test("an apply that ends because Front rejects the token is not verified", () =>
  withTestEnvironment({ behavior: { errorParts: "all" } }, async (environment) => {
    const plan = await environment.plan(desiredState(emails(4).map((email) => desiredContact(email))));
    const { emulator } = environment;
    const report = await environment.apply(plan, { parallelism: 1, onEnd: () => emulator.revoke(emulator.token) });
    const verification = await environment.verify(plan, report);
    expect(verification).toMatchObject({ complete: false, requests: 0, diagnostics: [{ code: "not-verified" }] });
    expect(summaries(verification)).toEqual([expect.stringMatching(/^The apply could not be verified: Front/)]);
  }));

test("an interrupted verification is incomplete", () =>
  withTestEnvironment({}, async (environment) => {
    const plan = await environment.plan(desiredState([desiredContact(ADA)]));
    const report = await environment.apply(plan);
    const signal = AbortSignal.abort();
    const front = environment.connect({ readOnly: true, signal });
    const verification = await environment.verify(plan, report, { signal }, front);
    expect(verification).toMatchObject({ complete: false, requests: 0, diagnostics: [{ code: "not-verified" }] });
  }));

test("only contacts that were fully applied are verified", () =>
  withTestEnvironment({}, async (environment) => {
    await environment.createContact([handle(ADA)]);
    await environment.createContact([handle("bob@x.example")]);
    const entries = [
      desiredContact([ADA, "+442079460001"], { name: "Ada" }),
      desiredContact("bob@x.example", { name: "Bob" }),
    ];
    const plan = await environment.plan(desiredState(entries));
    environment.emulator.faults = [{ kind: "status", status: 400, method: "POST" }];
    const { report, verification } = await environment.applyAndVerify(plan);
    expect(report.results.map(({ status }) => status).sort()).toEqual(["applied", "applied", "failed"]);
    expect(verification).toMatchObject({ complete: true, resources: 1, diagnostics: [] });
  }));

test("an empty plan is verified without a request", () =>
  withTestEnvironment({}, async (environment) => {
    const emptyPlan = await environment.plan(desiredState([]));
    const verification = await environment.verify(emptyPlan, await environment.apply(emptyPlan));
    expect(verification).toEqual({ complete: true, resources: 0, diagnostics: [], requests: 0 });
  }));

interface ListSizes {
  readonly joining: number;
  readonly members: number;
}

/**
 * Adds contacts to a list and verifies the apply. Returns the requests of the verification, and the predicted and actual
 * number of all requests. `refresh` determines whether the number of members is known.
 */
async function joinList(environment: TestEnvironment, { joining, members }: ListSizes, refresh: "scan" | "lookup") {
  const id = await environment.createList("A");
  for (let index = 0; index < members; index += 1)
    await environment.createContact([handle(`m${index}@x.example`)], { list_names: ["A"] });
  for (const email of emails(joining)) await environment.createContact([handle(email)]);
  const desired = desiredState(emails(joining).map((email) => desiredContact(email, { lists: ["A"] })));
  const plan = planChanges(desired, await environment.read(desired, undefined, { refresh }), UNGUARDED);
  environment.advanceMinute();
  const report = await environment.apply(plan);
  let verification: Verification | undefined;
  const requests = await sentBy(environment, async () => {
    verification = await environment.verify(plan, report);
  });
  expect(verification).toMatchObject({ complete: true, resources: joining, diagnostics: [] });
  expect((await environment.request("GET", `/contact_lists/${id}/contacts?limit=1`))._results).toHaveLength(1);
  return { predicted: plan.requests.total, made: report.requests + requests.length, requests };
}

const LISTING = "GET /contacts";
const MEMBERS = "GET /contact_lists/*/contacts";
const CONTACT = "GET /contacts/*";

test.each<[string, ListSizes, "scan" | "lookup", string[]]>([
  ["the members if the list is short enough", { joining: 110, members: 0 }, "scan", [LISTING, MEMBERS, MEMBERS]],
  ["the contacts if the list is too long", { joining: 2, members: 130 }, "scan", [LISTING, CONTACT, CONTACT]],
  ["the members if a list of unknown length is short enough", { joining: 8, members: 5 }, "lookup", [MEMBERS]],
  [
    "the contacts if a list of unknown length is too long",
    { joining: 2, members: 230 },
    "lookup",
    [MEMBERS, MEMBERS, CONTACT, CONTACT],
  ],
])("additions to a list are verified by reading %s", (_, sizes, refresh, requests) =>
  withTestEnvironment({ behavior: { ...FULL_PAGES, listChangesSetUpdatedAt: false } }, async (environment) => {
    const result = await joinList(environment, sizes, refresh);
    expect(result.requests).toEqual(requests);
    if (refresh === "scan") expect(result.made).toBe(result.predicted);
  }),
);

test("one listing is sufficient if Front treats an addition to a list as an update", () =>
  withTestEnvironment({ behavior: { ...FULL_PAGES, listChangesSetUpdatedAt: true } }, async (environment) => {
    const { requests, made, predicted } = await joinList(environment, { joining: 3, members: 220 }, "scan");
    expect(requests).toEqual([LISTING]);
    expect(made).toBeLessThan(predicted);
  }));

test("the next plan does not download a picture that was uploaded and verified", () =>
  withTestEnvironment({}, async (environment) => {
    const desired = await createDesiredStateWithAllChanges(environment);
    await environment.applyAndVerify(await environment.plan(desired));
    expect(environment.avatarHashes.size).toBe(2);
    const requests = await sentBy(environment, () => expectConverged({ environment, desired }));
    expect(requests.filter((line) => line.includes("avatar"))).toEqual([]);
  }));
