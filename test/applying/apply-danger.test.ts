import { expect, test } from "@jest/globals";
import type { ApplyReport } from "../../src/applying/apply.ts";
import type { DesiredState } from "../../src/model/contact.ts";
import { desiredContact, desiredState, handle } from "../support/builders.ts";
import { type TestEnvironment, withTestEnvironment as withDefaultEnvironment } from "../support/test-environment.ts";
import { WRITES } from "../support/writes.ts";

/** Uses an emulator that returns phone numbers in E.164, as these tests write them. */
const withTestEnvironment: typeof withDefaultEnvironment = (options, run) =>
  withDefaultEnvironment({ ...options, behavior: { phoneForm: "e164", ...options.behavior } }, run);

async function outcome(environment: TestEnvironment, { results }: ApplyReport) {
  const contacts = (await environment.contacts()) as unknown as { handles: { handle: string }[] }[];
  return {
    contacts: contacts.map(({ handles }) => handles.map(({ handle }) => handle).join(" ")),
    messages: results.flatMap((result) => ("message" in result ? [`${result.operation.kind}: ${result.message}`] : [])),
  };
}

const DELETION = desiredState([desiredContact("ada@x.example", { ensure: "absent" })]);
const MERGE = desiredState([desiredContact(["ada@x.example", "eve@x.example"], { merge: true, name: "Both" })]);

interface Ids {
  readonly ada: string;
  readonly eve: string;
}

async function createTwoContacts(environment: TestEnvironment): Promise<Ids> {
  const ada = await environment.createContact([handle("ada@x.example"), handle("+442079460001")]);
  return { ada, eve: await environment.createContact([handle("eve@x.example")]) };
}

type Edit = (environment: TestEnvironment, ids: Ids) => Promise<unknown>;

const sendTo =
  (name: keyof Ids, method: string, path: string, body?: object): Edit =>
  (environment, ids) =>
    environment.request(method, `/contacts/${ids[name]}${path}`, body);
const adaGetsHandle = sendTo("ada", "POST", "/handles", handle("+9"));
const adaLosesHandle = sendTo("ada", "DELETE", "/handles", handle("+442079460001"));
const adaGetsName = sendTo("ada", "PATCH", "", { name: "Ada" });
const adaIsDeleted = sendTo("ada", "DELETE", "");
const adaJoinsList: Edit = async (environment, { ada }) => {
  const list = await environment.createList("VIP");
  await environment.request("POST", `/contact_lists/${list}/contacts`, { contact_ids: [ada] });
};
const eveGetsHandle = sendTo("eve", "POST", "/handles", handle("+9"));
const eveGetsDescription = sendTo("eve", "PATCH", "", { description: "Do not delete." });
const eveIsDeleted = sendTo("eve", "DELETE", "");

const ADA = "ada@x.example +442079460001";
const EVE = "eve@x.example";
const VALUES_CHANGED = /^\S+: The values of \S+ changed in Front after this plan$/;
const HANDLES_CHANGED = /^\S+: The handles of \S+ changed in Front after this plan$/;
const MISSING = /^\S+: \S+ no longer exists in Front$/;

test.each<[string, DesiredState, Edit, string[], RegExp]>([
  ["deleted if it received a handle", DELETION, adaGetsHandle, [`${ADA} +9`, EVE], HANDLES_CHANGED],
  ["deleted if it lost a handle", DELETION, adaLosesHandle, ["ada@x.example", EVE], HANDLES_CHANGED],
  ["deleted if it received a name", DELETION, adaGetsName, [ADA, EVE], VALUES_CHANGED],
  ["deleted if it joined a list", DELETION, adaJoinsList, [ADA, EVE], VALUES_CHANGED],
  ["merged if it received a handle", MERGE, adaGetsHandle, [`${ADA} +9`, EVE], HANDLES_CHANGED],
  ["merged if it lost a handle", MERGE, adaLosesHandle, ["ada@x.example", EVE], HANDLES_CHANGED],
  ["merged if it was deleted", MERGE, adaIsDeleted, [EVE], MISSING],
  ["merged if the other contact received a handle", MERGE, eveGetsHandle, [ADA, `${EVE} +9`], HANDLES_CHANGED],
  ["merged if the other contact received a description", MERGE, eveGetsDescription, [ADA, EVE], VALUES_CHANGED],
  ["merged if the other contact was deleted", MERGE, eveIsDeleted, [ADA], MISSING],
])("a contact is not %s after the plan", (_, desired, edit, contacts, message) =>
  withTestEnvironment({}, async (environment) => {
    const ids = await createTwoContacts(environment);
    const plan = await environment.plan(desired);
    await edit(environment, ids);
    // The merge is followed by an update, which depends on it.
    const messages = desired === MERGE ? [message, /must succeed first: merge/] : [message];
    expect(await outcome(environment, await environment.apply(plan))).toEqual({
      contacts,
      messages: messages.map((expected) => expect.stringMatching(expected)),
    });
    expect(environment.sentRequests().filter((line) => /^DELETE|merge/.test(line))).toEqual([]);
  }),
);

test("a deletion succeeds if the contact no longer exists", () =>
  withTestEnvironment({}, async (environment) => {
    const ids = await createTwoContacts(environment);
    const plan = await environment.plan(DELETION);
    await adaIsDeleted(environment, ids);
    expect(await outcome(environment, await environment.apply(plan))).toEqual({ contacts: [EVE], messages: [] });
  }));

test("a contact with one email in two spellings is deleted", () =>
  withTestEnvironment({ behavior: { foldEmails: false } }, async (environment) => {
    await environment.createContact([handle("ada@x.example"), handle("Ada@x.example")]);
    const report = await environment.planAndApply(DELETION);
    expect(await outcome(environment, report)).toEqual({ contacts: [], messages: [] });
  }));

test("a handle is not removed if it became the last handle after the plan", () =>
  withTestEnvironment({ behavior: { errorParts: "all" } }, async (environment) => {
    const handles = ["ada@x.example", "+442079460001", "+442079460002"].map(handle);
    const ada = await environment.createContact(handles);
    const plan = await environment.plan(
      desiredState([desiredContact(["ada@x.example", "+442079460001"], { exact: ["handles"] })]),
    );
    for (const removed of handles.slice(0, 2)) await environment.request("DELETE", `/contacts/${ada}/handles`, removed);
    expect(await outcome(environment, await environment.apply(plan))).toEqual({
      contacts: ["+442079460002"],
      messages: [expect.stringContaining("last handle")],
    });
  }));

test.each([404, 400] as const)("a missing handle is treated as removed if Front responds with %i", (missingHandle) =>
  withTestEnvironment({ behavior: { missingHandle } }, async (environment) => {
    const { ada } = await createTwoContacts(environment);
    const plan = await environment.plan(desiredState([desiredContact("ada@x.example", { exact: ["handles"] })]));
    await adaLosesHandle(environment, { ada, eve: "" });
    const expected = { contacts: ["ada@x.example", EVE], messages: [] };
    expect(await outcome(environment, await environment.apply(plan))).toEqual(expected);
  }),
);

test("contacts are deleted after all other operations have ended, even if one failed", () =>
  withTestEnvironment({}, async (environment) => {
    await createTwoContacts(environment);
    environment.emulator.faults = [{ kind: "status", status: 400, method: "POST", path: "/contacts" }];
    const desired = desiredState([
      ...DELETION.contacts,
      desiredContact("eve@x.example", { name: "Eve" }),
      desiredContact("new@x.example"),
    ]);
    await environment.planAndApply(desired);
    const writes = environment.sentRequests().filter((line) => !line.startsWith("GET"));
    expect(writes.at(-1)).toBe("DELETE /contacts/*");
    expect(writes).toHaveLength(3);
  }));

test("no request is sent for a plan with an error", () =>
  withTestEnvironment({}, async (environment) => {
    await createTwoContacts(environment);
    const ambiguous = desiredContact(["ada@x.example", "eve@x.example"]);
    const plan = await environment.plan(
      desiredState([ambiguous, desiredContact("new@x.example"), desiredContact("x@x.example", { name: "X" })]),
    );
    expect(plan.diagnostics.map(({ code }) => code)).toEqual(["match-ambiguous"]);
    expect(await environment.apply(plan)).toEqual({ results: [], interrupted: false, requests: 0 });
  }));

test.each(Object.entries(WRITES))("the requests of an apply do not contain force: %s", (_, { setUp }) =>
  withTestEnvironment({}, async (environment) => {
    await environment.planAndApply(await setUp(environment));
    expect(environment.emulator.requests.length).toBeGreaterThan(0);
    for (const { body, query, path } of environment.emulator.requests)
      expect(body + query + path).not.toContain("force");
  }),
);
