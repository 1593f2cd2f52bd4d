import { expect, test } from "@jest/globals";
import type { EmulatorOptions } from "../../src/emulator/index.ts";
import { FrontError } from "../../src/front/api.ts";
import type { DesiredState } from "../../src/model/contact.ts";
import type { ReadOptions } from "../../src/reading/read-remote-state.ts";
import { desiredContact, desiredState, handle } from "../support/builders.ts";
import { PICTURES_AS_SENT } from "../support/emulator.ts";
import { email, kindOf, populate } from "../support/populated-company.ts";
import { portrait } from "../support/portrait.ts";
import { type TestEnvironment, withFullPages as withTestEnvironment } from "../support/test-environment.ts";
import { ADA, EXACT, onVip } from "../support/vip-list.ts";

function countRequests(environment: TestEnvironment): Record<string, number> {
  const count: Record<string, number> = {};
  for (const kind of environment.emulator.requests.map(kindOf)) count[kind] = (count[kind] ?? 0) + 1;
  return count;
}

type RequestCountCase = [string, number, DesiredState, EmulatorOptions, object];

const declareContacts = (...indexes: number[]) => desiredState(indexes.map((index) => desiredContact(email(index))));

test.each<RequestCountCase>([
  ["only the company if there are no entries", 3, desiredState([]), {}, { me: 1 }],
  ["one page if all contacts of the company are on that page", 3, declareContacts(0, 1), {}, { me: 1, contacts: 1 }],
  ["one page if all declared contacts are on that page", 250, declareContacts(0, 1), {}, { me: 1, contacts: 1 }],
  [
    "one page, and the lookup of a contact that is not on that page",
    250,
    declareContacts(249),
    {},
    { me: 1, contacts: 1, alias: 1 },
  ],
  [
    "all pages if lookups would take more requests",
    250,
    declareContacts(249, 248, 247, 246),
    {},
    { me: 1, contacts: 3 },
  ],
  ["pages, then lookups for the rest", 350, declareContacts(0, 349, 348), {}, { me: 1, contacts: 2, alias: 2 }],
  [
    "the lookup of each handle that was not found on the pages",
    250,
    desiredState([desiredContact([email(0), "custom:1", "custom:2"])]),
    {},
    { me: 1, contacts: 2, alias: 2 },
  ],
  [
    "all pages, even if they are short",
    180,
    declareContacts(170, 171, 172, 173, 174),
    { behavior: { shortPages: true } },
    { me: 1, contacts: 4 },
  ],
  [
    "all pages, even if some are empty",
    120,
    declareContacts(110, 111, 112, 113, 114),
    { behavior: { emptyPages: true } },
    { me: 1, contacts: 3 },
  ],
])("a reading requests %s", async (_, population, desired, options, expected) => {
  await withTestEnvironment(options, async (environment) => {
    await populate(environment, population);
    await environment.read(desired);
    expect(countRequests(environment)).toEqual(expected);
  });
});

test("a reading includes lists and custom fields if the configuration uses them, and sends only GET requests", () =>
  withTestEnvironment({ behavior: { listings: "whole" } }, async (environment) => {
    const attributes = { lists: [], customFields: { "Job Title": "x" } };
    await environment.read(desiredState([desiredContact(email(0), attributes)]));
    expect(countRequests(environment)).toEqual({ me: 1, contacts: 1, contact_lists: 1, "contacts/custom_fields": 1 });
    expect(environment.emulator.requests.every(({ method }) => method === "GET")).toBe(true);
  }));

test.each([5, 250])("the remote state of a company with %i contacts contains only declared contacts", (population) =>
  withTestEnvironment({}, async (environment) => {
    await populate(environment, population);
    const { contacts, coverage } = await environment.read(declareContacts(0, 3, population - 1));
    const readHandles = contacts.flatMap(({ handles }) => handles.map(({ handle }) => handle));
    expect(readHandles.sort()).toEqual([email(0), email(3), email(population - 1)].sort());
    expect(coverage).toMatchObject(population === 5 ? { contacts: "all", read: 5 } : { contacts: "declared" });
  }),
);

test("the number of contacts read includes the members of a managed list", () =>
  withTestEnvironment({}, async (environment) => {
    const id = await environment.createContact([handle(ADA)]);
    const list = await environment.createList("VIP");
    await environment.request("POST", `/contact_lists/${list}/contacts`, { contact_ids: [id] });
    await populate(environment, 250);
    const { coverage } = await environment.read(desiredState([desiredContact(ADA, onVip)], EXACT));
    expect(coverage).toMatchObject({ contacts: "declared", read: 1 });
  }));

test("a pinned contact is found on a page or by a lookup", () =>
  withTestEnvironment({}, async (environment) => {
    const early = await environment.createContact([handle("early@x.example")]);
    await populate(environment, 150);
    const late = await environment.createContact([handle("late@x.example")]);
    const desired = desiredState([desiredContact(email(0), { id: early }), desiredContact(email(1), { id: late })]);
    const { contacts } = await environment.read(desired);
    expect(contacts.map(({ id }) => id)).toEqual(expect.arrayContaining([early, late]));
  }));

test("a reading continues without a pinned contact that was deleted", () =>
  withTestEnvironment({}, async (environment) => {
    await populate(environment, 150);
    const { contacts } = await environment.read(desiredState([desiredContact(email(0), { id: "crd_gone" })]));
    expect(contacts).toHaveLength(1);
  }));

test("a reading finds every contact that has a handle of the entry", () =>
  withTestEnvironment({}, async (environment) => {
    await populate(environment, 250);
    const { contacts } = await environment.read(
      desiredState([desiredContact([email(0), email(240), email(241), "+1"])]),
    );
    expect(contacts.map(({ handles }) => handles[0]?.handle).sort()).toEqual([email(0), email(240), email(241)]);
  }));

test("only the company is read if the configuration is for another company", () =>
  withTestEnvironment({}, async (environment) => {
    const { company } = await environment.read(desiredState([desiredContact(email(0))], { company: "cmp_other" }));
    expect(company.id).toBe("cmp_tp1");
    expect(countRequests(environment)).toEqual({ me: 1 });
  }));

test("a reading reports its progress after each page", () =>
  withTestEnvironment({}, async (environment) => {
    await populate(environment, 150);
    const progress: number[] = [];
    const onProgress = (read: number) => progress.push(read);
    await environment.read(declareContacts(0, 148, 149), environment.connect({ readOnly: true }), { onProgress });
    expect(progress).toEqual([100, 150]);
  }));

test("the progress of lookups counts every entry, even if no contact has its handles", () =>
  withTestEnvironment({}, async (environment) => {
    await populate(environment, 3);
    const progress: (readonly [read: number, expected: number | undefined])[] = [];
    const onProgress = (read: number, expected?: number) => progress.push([read, expected]);
    const front = environment.connect({ readOnly: true });
    await environment.read(declareContacts(0, 2, 90), front, { refresh: "lookup", onProgress });
    expect(progress).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  }));

test("a reading stops after Front rejects a request", () =>
  withTestEnvironment({}, async (environment) => {
    await populate(environment, 2100);
    environment.emulator.faults = [{ kind: "status", status: 401, path: /alt:/, nth: 1 }];
    const newcomers = Array.from({ length: 20 }, (_, index) => desiredContact(`new${index}@x.example`));
    await expect(environment.read(desiredState(newcomers))).rejects.toThrow(FrontError);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(countRequests(environment)["alias"]).toBeLessThan(12);
  }));

const PATH = "ada.png";

async function createDesiredWithPicture(environment: TestEnvironment, seed: number): Promise<DesiredState> {
  const bytes = await portrait(seed).png().toBuffer();
  return desiredState([desiredContact("ada@x.example", { avatar: environment.addPicture(PATH, bytes) })]);
}

test("a picture is downloaded once, and its hash is cached for its URL", () =>
  withTestEnvironment({ behavior: { ...PICTURES_AS_SENT, avatarRedirect: false } }, async (environment) => {
    const desired = await createDesiredWithPicture(environment, 1);
    await environment.planAndApply(desired);
    const downloads = () => environment.sentRequests().filter((line) => line.includes("/avatar-")).length;
    expect([(await environment.read(desired)).contactsWithDeclaredAvatar.size, downloads()]).toEqual([1, 1]);
    expect([(await environment.read(desired)).contactsWithDeclaredAvatar.size, downloads()]).toEqual([1, 1]);
    expect((await environment.plan(await createDesiredWithPicture(environment, 2))).operations).toMatchObject([
      { kind: "upload-avatar" },
    ]);
    expect(downloads()).toBe(1);
  }));

test("a reading continues without the conversations of a contact that is deleted during the reading", () =>
  withTestEnvironment({}, async (environment) => {
    await environment.createContact([handle(email(0))]);
    const notFound = { _error: { status: 404, title: "Not found", message: "Unknown contact ID" } };
    environment.emulator.faults = [{ kind: "status", status: 404, path: /conversations/, body: notFound }];
    const { conversations } = await environment.read(desiredState([desiredContact(email(0), { ensure: "absent" })]));
    expect(conversations.size).toBe(0);
  }));

test("a picture that cannot be downloaded is treated as different and reported to onPictureFailure", () =>
  withTestEnvironment({}, async (environment) => {
    const desired = await createDesiredWithPicture(environment, 1);
    await environment.planAndApply(desired);
    const notFound = { _error: { status: 404, title: "Not found", message: "Unknown avatar" } };
    environment.emulator.faults = [{ kind: "status", status: 404, path: /avatar-/, body: notFound }];
    const failures: unknown[] = [];
    const onPictureFailure: ReadOptions["onPictureFailure"] = ({ id }, { code }) => failures.push([id, code]);
    const state = await environment.read(desired, undefined, { onPictureFailure });
    expect(state.contactsWithDeclaredAvatar.size).toBe(0);
    expect(failures).toEqual([[state.contacts[0]?.id, "no-picture"]]);
  }));
