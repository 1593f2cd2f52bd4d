import { expect, test } from "@jest/globals";
import { planChanges } from "../../src/planning/plan-changes.ts";
import { desiredContact, desiredState, handle, locationAt, UNGUARDED } from "../support/builders.ts";
import { type TestEnvironment, withTestEnvironment } from "../support/test-environment.ts";

/** Returns a `fetch` function that removes a contact from listings and from lookups by handle. */
function fetchWithout(hiddenId: string) {
  return async (request: Request): Promise<Response> => {
    const response = await fetch(request);
    const { pathname } = new URL(request.url);
    if (request.method !== "GET" || !/^\/contacts(\/alt:.*)?$/.test(pathname)) return response;
    const json = (await response.json()) as { id?: string; _results?: { id: string }[] };
    const { status, headers } = response;
    if (json.id === hiddenId) return Response.json({ _error: { message: "Unknown alias" } }, { status: 404, headers });
    const results = json._results?.filter(({ id }) => id !== hiddenId);
    return Response.json({ ...json, ...(results && { _results: results }) }, { status });
  };
}

async function createUnlistedContact(environment: TestEnvironment) {
  const id = await environment.createContact([handle("ada@x.example")]);
  return { id, front: environment.connect({ fetch: fetchWithout(id) }) };
}

test("a contact that is declared by its ID, but not listed, is read by its ID", () =>
  withTestEnvironment({}, async (environment) => {
    const { id, front } = await createUnlistedContact(environment);
    const desired = desiredState([desiredContact("ada@x.example", { id, name: "Ada" })]);
    const plan = planChanges(desired, await environment.read(desired, front, { refresh: "scan" }), UNGUARDED);
    expect(plan.diagnostics).toEqual([]);
    expect(plan.operations).toMatchObject([{ kind: "update-contact", contact: { id } }]);
  }));

test.each(["scan", "lookup"] as const)(
  "an ID is unknown if Front returns another contact for it (--refresh %s)",
  (refresh) =>
    withTestEnvironment({}, async (environment) => {
      const id = await environment.createContact([handle("ada@x.example")]);
      const [contact] = await environment.contacts();
      environment.emulator.faults = [{ kind: "status", status: 200, body: contact, path: "/contacts/crd_old" }];
      const desired = desiredState([desiredContact("ada@x.example", { id: "crd_old", name: "Ada" })]);
      const plan = planChanges(desired, await environment.read(desired, undefined, { refresh }), UNGUARDED);
      expect(plan.operations).toEqual([]);
      expect(plan.diagnostics).toMatchObject([
        { code: "id-unknown", location: locationAt(10), advice: expect.stringContaining(`set "id: ${id}"`) },
      ]);
    }),
);

test("if a lookup by handle is forbidden, all contacts are read, because the contact may be private", () =>
  withTestEnvironment({}, async (environment) => {
    const id = await environment.createContact([handle("ada@x.example")]);
    environment.emulator.faults = [
      { kind: "status", status: 403, body: { _error: { status: 403 } }, path: "/contacts/alt:*" },
    ];
    const desired = desiredState([
      desiredContact("ada@x.example", { name: "Ada" }),
      desiredContact("dee@x.example", { name: "Dee" }),
    ]);
    const state = await environment.read(desired, undefined, { refresh: "lookup" });
    const plan = planChanges(desired, state, UNGUARDED);
    expect(plan.operations).toMatchObject([
      { kind: "create-contact", subjects: ["front_contact.dee"] },
      { kind: "update-contact", contact: { id } },
    ]);
    expect(new Set(plan.diagnostics.map(({ code }) => code))).toEqual(new Set(["private-contact"]));
  }));

const FORBIDDEN = {
  kind: "status",
  status: 403,
  body: { _error: { status: 403, message: "No access" } },
  path: "/contacts/crd_77",
} as const;
/** Two entries, of which the first is pinned to a contact that the token cannot read. */
const WITH_FORBIDDEN_ID = desiredState([
  desiredContact("ada@x.example", { key: "ada", id: "crd_77", idLocation: locationAt(10) }),
  desiredContact("dee@x.example", { key: "dee" }),
]);

test.each(["lookup", "auto", "scan"] as const)(
  "with --refresh %s, an entry with the ID of a forbidden contact is skipped, and the others are planned",
  (refresh) =>
    withTestEnvironment({ faults: [FORBIDDEN], behavior: { unknownAlias: 404 } }, async (environment) => {
      const state = await environment.read(WITH_FORBIDDEN_ID, undefined, { refresh });
      const plan = planChanges(WITH_FORBIDDEN_ID, state, UNGUARDED);
      expect(plan.operations).toMatchObject([{ kind: "create-contact", subjects: ["front_contact.dee"] }]);
      expect(plan.diagnostics).toMatchObject([
        {
          code: "contact-forbidden",
          summary: expect.stringContaining("contact crd_77 (Front responded: No access)"),
          location: locationAt(10),
          excludedAddress: "front_contact.ada",
        },
      ]);
    }),
);

test("if the token cannot read any contacts, reading a contact by ID fails", () =>
  withTestEnvironment({ faults: [{ ...FORBIDDEN, path: "/contacts*" }] }, async (environment) => {
    const reading = environment.read(WITH_FORBIDDEN_ID, undefined, { refresh: "lookup" });
    await expect(reading).rejects.toMatchObject({
      code: "forbidden",
      advice: expect.stringContaining("contacts:read"),
    });
  }));

test("the advice for a conflict with a contact that is not listed contains the contact's ID", () =>
  withTestEnvironment({ behavior: { conflictStatus: 409, errorParts: "message" } }, async (environment) => {
    const { id, front } = await createUnlistedContact(environment);
    const desired = desiredState([desiredContact("ada@x.example", { name: "Ada" })]);
    const plan = planChanges(desired, await environment.read(desired, front), UNGUARDED);
    expect(plan.operations).toMatchObject([{ kind: "create-contact" }]);
    const { results } = await environment.apply(plan, {}, front);
    expect(results).toMatchObject([{ status: "failed", advice: expect.stringContaining(`set "id: ${id}"`) }]);
  }));
