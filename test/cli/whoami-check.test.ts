import { expect, test } from "@jest/globals";
import { type EmulatorOptions, SCOPES, type Seed, type SeedContact } from "../../src/emulator/index.ts";
import { Sandbox } from "../support/sandbox.ts";

async function runWhoami(options: EmulatorOptions, command = "whoami --check --json") {
  await using sandbox = await Sandbox.withFront(options);
  const result = await sandbox.run(command);
  expect({ code: result.code, err: result.err }).toEqual({ code: 0, err: "" });
  return { ...result, requests: sandbox.front.requests };
}

async function getCheck(options: EmulatorOptions) {
  return JSON.parse((await runWhoami(options)).out).check;
}

function contactsWithPhones(...phones: string[]): SeedContact[] {
  return phones.map((phone, index) => ({ handles: [`phone:${phone}`, `email:p${index}@x.example`] }));
}

const PHONES: [string, string[], object][] = [
  ["E.164", ["+13605550123", "+13605550124"], { e164: 2, digits: 0, other: 0 }],
  ["digits", ["13605550123"], { e164: 0, digits: 1, other: 0 }],
  ["several forms", ["+13605550123", "13605550124", "(360) 555-0125"], { e164: 1, digits: 1, other: 1 }],
  ["none", [], { e164: 0, digits: 0, other: 0 }],
];

test.each(PHONES)("whoami --check reports the stored form of phone numbers: %s", async (_, phones, expected) => {
  const { sample } = await getCheck({ seed: { contacts: contactsWithPhones(...phones) } });
  expect(sample.oldest.phones).toEqual(expected);
  expect(sample.newest.phones).toEqual(expected);
});

test("whoami --check sends only GET requests, and reports their number", async () => {
  const seed: Seed = {
    contacts: contactsWithPhones("+13605550123"),
    accounts: [{ name: "X", domains: ["x.example"] }],
    lists: ["A"],
  };
  const { out, requests } = await runWhoami({ seed });
  expect(new Set(requests.map(({ method }) => method))).toEqual(new Set(["GET"]));
  expect(JSON.parse(out).check.requests).toBe(requests.length);
});

test.each([
  ["unpaged", "whole", [1, false]],
  ["paged", "paged", [3, true]],
] as const)("whoami --check reports the number of pages of %s listings", async (_, behavior, [pages, more]) => {
  const lists = ["A", "B", "C", "D", "E", "F", "G"];
  const { listings } = await getCheck({ behavior: { listings: behavior }, seed: { lists } });
  expect(listings[0]).toMatchObject({ what: "contact lists", pages, more });
});

test.each([
  ["members", true],
  ["never", false],
] as const)(
  "whoami --check reports whether Front returns the account of a linked contact: %s",
  async (accountOnContacts, expected) => {
    const contacts = [{ id: "crd_1", handles: ["email:a@x.example"] }];
    const seed: Seed = { contacts, accounts: [{ id: "acc_1", name: "X", contacts: ["crd_1"] }] };
    expect((await getCheck({ seed, behavior: { accountOnContacts } })).account_on_contact).toBe(expected);
  },
);

test("whoami --check reports private and unusual contacts", async () => {
  const seed: Seed = {
    custom_fields: [{ name: "Big", type: "number" }],
    contacts: [
      { id: "crd_1", handles: ["email:a@x.example"], is_private: true },
      { id: "crd_2", handles: ["email:b@x.example"], shown_as: { handles: "none" } },
      {
        id: "crd_3",
        handles: ["email:c@x.example"],
        shown_as: { links: null, custom_fields: null, unknown_property: 1 },
      },
      { id: "crd_4", handles: ["email:d@x.example"], custom_fields: { Big: { $number: "1e400" } } },
      { id: "crd_5", handles: ["email:e@x.example"], shown_as: { avatar_url: "https://pictures.example/x.png" } },
    ],
  };
  const { sample } = await getCheck({ seed, behavior: { emptyCollections: "empty" } });
  expect(sample.oldest).toMatchObject({
    contacts: 5,
    private_contacts: 1,
    nulls: { links: 1, custom_fields: 1 },
    unknown_properties: ["unknown_property"],
    opaque_fields: 1,
    foreign_avatars: 1,
    undecodable: [{ id: "crd_2", property: "handles", problem: "handles is not an array" }],
  });
  const { out } = await runWhoami({ seed }, "whoami --check");
  expect(out).toMatch(/^Private +at least 1 private contact is visible to this token$/m);
  expect(out).toMatch(/^Unusual +contact crd_2 cannot be decoded: handles is not an array$/m);
  expect(out).toMatch(/^Unusual +unknown properties: unknown_property$/m);
});

test("whoami --check reports the results of lookups by alias", async () => {
  const behavior = { unknownAlias: 404 } as const;
  const { lookups } = await getCheck({
    behavior: { ...behavior, foldEmails: true },
    seed: { contacts: contactsWithPhones("+13605550123") },
  });
  expect(Object.fromEntries(lookups.map(({ what, result }: Record<string, string>) => [what, result]))).toEqual({
    "phone as stored": "same",
    "phone in the other form": "same",
    "email in upper case": "same",
    "private contact": null,
    "unknown handle": "not-found",
  });
  const caseSensitiveCheck = await getCheck({
    behavior: { ...behavior, foldEmails: false },
    seed: { contacts: contactsWithPhones("+13605550123") },
  });
  expect(caseSensitiveCheck.lookups[2]).toEqual({ what: "email in upper case", result: "not-found" });
});

test.each([
  [400, "refused"],
  [403, "forbidden"],
  [418, "failed"],
])("whoami --check reports a lookup with the response status %i as %s", async (status, result) => {
  const { lookups } = await getCheck({ faults: [{ kind: "status", status, path: /nobody/ }] });
  expect(lookups.at(-1)).toEqual({ what: "unknown handle", result });
});

test("whoami --check reports missing scopes, and continues without them", async () => {
  const missingScopes = ["accounts:read", "conversations:read", "teammates:read"] as const;
  const scopes = SCOPES.filter((scope) => !missingScopes.some((missing) => missing === scope));
  const { scopes: reported } = await getCheck({ scopes, seed: { contacts: contactsWithPhones("+13605550123") } });
  expect(reported.missing.sort()).toEqual([...missingScopes].sort());
  expect(reported.granted.sort()).toEqual(["contacts:read", "custom_fields:read", "inboxes:read"]);
});

test("whoami --check shows why Front does not return a listing", async () => {
  const body = { _error: { status: 403, title: "Forbidden", message: "Your plan does not include accounts" } };
  const options: EmulatorOptions = { faults: [{ kind: "status", status: 403, path: "/accounts", body }] };
  const { out } = await runWhoami(options, "whoami --check");
  const reason = "Front responded: Your plan does not include accounts";
  expect(out).toContain(`accounts: not readable (accounts:read). ${reason}\n`);
  const { listings, scopes } = await getCheck(options);
  expect(scopes).toMatchObject({ missing: [], unknown: expect.arrayContaining(["accounts:read"]) });
  expect(listings).toContainEqual(expect.objectContaining({ what: "accounts", items: null, reason }));
});

test("whoami --check reports the scope of conversations as unknown if the subscription excludes them", async () => {
  const body = { _error: { status: 403, message: "Your plan does not include this endpoint" } };
  const { scopes } = await getCheck({
    seed: { contacts: contactsWithPhones("+13605550123") },
    faults: [{ kind: "status", status: 403, path: "/contacts/*/conversations*", body }],
  });
  expect(scopes).toMatchObject({ missing: [], unknown: expect.arrayContaining(["conversations:read"]) });
});

test("whoami --check reports the rate limit and the requests left after the reserve", async () => {
  const { out } = await runWhoami({ rate: 100 }, "whoami --check");
  expect(out).toMatch(/^Rate limit +100 requests per window, 80 after the reserve of 20%$/m);
});

test("whoami lists the scopes that commands need", async () => {
  const { out } = await runWhoami({}, "whoami");
  expect(out).toMatch(/^ {2}apply, undo +the scopes of plan, and contacts:write/m);
  expect(out).toMatch(/^ {2}import +contacts:read, custom_fields:read; accounts:read with --accounts$/m);
});
