import { describe, expect, test } from "@jest/globals";
import type { Behavior, SeedContact } from "../src/emulator/index.ts";
import type { DesiredContact } from "../src/model/contact.ts";
import { planChanges } from "../src/planning/plan-changes.ts";
import { codesOf, desiredContact, desiredState, idsOf, locationAt, UNGUARDED } from "./support/builders.ts";
import { errorsOf, expectConverged } from "./support/scenarios.ts";
import { type TestEnvironment, withTestEnvironment } from "./support/test-environment.ts";

const REFRESHES = ["scan", "lookup", "auto"] as const;

async function planWithRefresh(
  environment: TestEnvironment,
  entry: DesiredContact,
  refresh: (typeof REFRESHES)[number],
) {
  const desired = desiredState([entry]);
  return planChanges(desired, await environment.read(desired, undefined, { refresh }), UNGUARDED);
}

/** An entry that was loaded with `phone_country: US`. */
const NATIONAL_NUMBER = desiredContact("ada@x.example", {
  handles: [
    { source: "email", handle: "ada@x.example", location: locationAt(11) },
    { source: "phone", handle: "+15125551337", written: "512-555-1337", location: locationAt(12) },
  ],
  exact: ["handles"],
});

type EquivalentHandle = [string, DesiredContact, SeedContact, Partial<Behavior>];

const EQUIVALENT_HANDLES: EquivalentHandle[] = [
  ["a national number", NATIONAL_NUMBER, { handles: ["email:ada@x.example", "phone:+15125551337"] }, {}],
  [
    "a declared number without a country code",
    { ...desiredContact(["ada@x.example", "512-555-1337"]), exact: ["handles"] },
    { handles: ["email:ada@x.example", "phone:+15125551337"] },
    {},
  ],
  [
    "a stored number without a country code",
    NATIONAL_NUMBER,
    { handles: ["email:ada@x.example", "phone:512 555 1337"] },
    {},
  ],
  ["a stored number without a plus sign", desiredContact("+15552223333"), { handles: ["phone:15552223333"] }, {}],
  ["a declared number without a plus sign", desiredContact("15552223333"), { handles: ["phone:+15552223333"] }, {}],
  [
    "a stored number without a country code, in the declared format",
    desiredContact("(512) 555-1337"),
    { handles: ["phone:(512) 555-1337"] },
    {},
  ],
  [
    "a stored number as written in the configuration, which is loaded with a country code",
    desiredContact("+15125551337", {
      handles: [{ source: "phone", handle: "+15125551337", written: "(512) 555-1337", location: locationAt(11) }],
    }),
    { handles: ["phone:(512) 555-1337"] },
    {},
  ],
  ["a Twitter handle without @", desiredContact("twitter:calculon"), { handles: ["twitter:@calculon"] }, {}],
  [
    "a Twitter handle in another case, with @ only in the configuration",
    desiredContact("twitter:@Calculon", { exact: ["handles"] }),
    { handles: ["twitter:calculon"] },
    { twitterForm: "as-sent" },
  ],
  [
    "a Twitter handle in another case, with @ only in Front",
    desiredContact("twitter:CALCULON", { exact: ["handles"] }),
    { handles: ["twitter:@calculon"] },
    {},
  ],
  [
    "an email in another case",
    desiredContact("Ada@X.example"),
    { handles: ["email:ada@x.example"] },
    { foldEmails: false },
  ],
  [
    "an email with a combining accent only in Front",
    desiredContact("Zo\u00eb@x.example", { exact: ["handles"] }),
    { handles: ["email:zoe\u0308@x.example"] },
    {},
  ],
  [
    "an email with a combining accent only in the configuration",
    desiredContact("zoe\u0308@x.example", { exact: ["handles"] }),
    { handles: ["email:zo\u00eb@x.example"] },
    {},
  ],
];

test.each(EQUIVALENT_HANDLES)(
  "%s matches and is not changed, regardless of how Front is read",
  (_, entry, contact, behavior) =>
    withTestEnvironment({ seed: { contacts: [contact] }, behavior }, async (environment) => {
      for (const refresh of REFRESHES) {
        const plan = await planWithRefresh(environment, entry, refresh);
        expect([refresh, errorsOf(plan), plan.changes]).toEqual([refresh, [], []]);
      }
    }),
);

test("a contact with only a phone number is created once and verified", () =>
  withTestEnvironment({}, async (environment) => {
    const entry = desiredContact("+1 512 555 1337");
    const { verification } = await environment.applyAndVerify(await environment.plan(desiredState([entry])));
    expect(verification.complete).toBe(true);
    for (const refresh of REFRESHES) expect(idsOf(await planWithRefresh(environment, entry, refresh))).toEqual([]);
  }));

test("an entry with a number without a country code creates one contact, and is skipped in later plans", () =>
  withTestEnvironment({ behavior: { phoneForm: "e164" } }, async (environment) => {
    const entry = desiredContact("512-555-1337");
    const { verification } = await environment.applyAndVerify(await environment.plan(desiredState([entry])));
    expect(verification.complete).toBe(true);
    for (const refresh of REFRESHES) {
      const plan = await planWithRefresh(environment, entry, refresh);
      expect([idsOf(plan), codesOf(plan)]).toEqual([[], ["contact-unclear"]]);
    }
  }));

test.each(["24365", "24-365"])("the short code %s, which Front stores with +1, is never removed", (code) =>
  withTestEnvironment({ behavior: { phoneForm: "e164-us" } }, async (environment) => {
    const entry = { ...desiredContact(["ada@x.example", code]), exact: ["handles" as const] };
    const { verification } = await environment.applyAndVerify(await environment.plan(desiredState([entry])));
    expect(verification.complete).toBe(true);
    for (const refresh of REFRESHES) {
      const plan = await planWithRefresh(environment, entry, refresh);
      expect([idsOf(plan), codesOf(plan)]).toEqual([[], ["phone-may-be-same"]]);
      const onlyCode = await planWithRefresh(environment, desiredContact(code), refresh);
      expect([idsOf(onlyCode), codesOf(onlyCode)]).toEqual([[], ["contact-unclear"]]);
    }
  }),
);

test("a plan fails if a proxy responds to a lookup with an HTML page and the status 400", () =>
  withTestEnvironment({}, async (environment) => {
    environment.emulator.faults = [{ kind: "html", status: 400, path: "/contacts/alt:*" }];
    const planning = planWithRefresh(environment, desiredContact("ada@x.example"), "lookup");
    await expect(planning).rejects.toMatchObject({ code: "unreadable", status: 400 });
  }));

test.each([404, 400] as const)("a lookup with the status %s means that no contact has the handle", (unknownAlias) =>
  withTestEnvironment({ behavior: { unknownAlias } }, async (environment) => {
    const plan = await planWithRefresh(environment, desiredContact("ada@x.example"), "lookup");
    expect(idsOf(plan)).toEqual(["create-contact front_contact.ada"]);
    expect(plan.diagnostics.map(({ code, summary }) => [code, summary])).toEqual(
      unknownAlias === 404
        ? []
        : [
            [
              "lookup-refused",
              'Front rejected the lookup of email "ada@x.example" for ada with status 400; the plan assumes that no contact has it',
            ],
          ],
    );
  }),
);

const PRIVATE: SeedContact = { id: "crd_1", handles: ["email:ada@x.example"], name: "Mine", is_private: true };
const SHARED: SeedContact = { id: "crd_2", handles: ["email:ada@x.example"], name: "Eva" };

test.each(["first", "last", "never"] as const)(
  "a private contact is not changed (lookups by alias return it: %s)",
  (privateAliases) =>
    withTestEnvironment(
      { seed: { contacts: [PRIVATE, SHARED] }, behavior: { privateAliases } },
      async (environment) => {
        for (const refresh of REFRESHES) {
          const plan = await planWithRefresh(
            environment,
            desiredContact("ada@x.example", { name: "Ada", merge: true }),
            refresh,
          );
          expect(plan.changes.map(({ id }) => id)).toEqual(["crd_2"]);
        }
      },
    ),
);

test("a private contact with a declared handle is ignored, with a warning", () =>
  withTestEnvironment({ seed: { contacts: [PRIVATE] }, behavior: { privateAliases: "first" } }, async (environment) => {
    for (const refresh of REFRESHES) {
      const plan = await planWithRefresh(environment, desiredContact("ada@x.example"), refresh);
      expect([idsOf(plan), codesOf(plan)]).toEqual([["create-contact front_contact.ada"], ["private-contact"]]);
    }
    const pinned = await planWithRefresh(environment, desiredContact("ada@x.example", { id: "crd_1" }), "lookup");
    expect(codesOf(pinned)).toContain("id-private");
  }));

test.each(["ignore", "refuse"] as const)(
  "with respelledHandle %s, a number in another format is added at most once",
  (respelledHandle) =>
    withTestEnvironment(
      { seed: { contacts: [{ id: "crd_1", handles: ["email:ada@x.example"] }] }, behavior: { respelledHandle } },
      async (environment) => {
        const front = environment.connect();
        const entry = desiredContact(["ada@x.example", "+15125551337"]);
        const plan = await environment.plan(desiredState([entry]));
        await front.addHandle("crd_1", { source: "phone", handle: "15125551337" });
        const report = await environment.apply(plan);
        expect(report.results.map(({ status }) => status)).toEqual(["applied"]);
        expect((await environment.contacts())[0]?.["handles"]).toHaveLength(2);
      },
    ),
);

const PHONE = "+442079460111";
/** A contact may have several spellings of a number after contacts were merged. */
const TWO_SPELLINGS: SeedContact = {
  id: "crd_1",
  handles: ["email:ada@x.example", "phone:442079460111", `phone:${PHONE}`],
};
const WITHOUT_PHONE = desiredContact("ada@x.example", { exact: ["handles"] });

test.each<[string, DesiredContact[], SeedContact[]]>([
  ["are removed if handles are exact", [WITHOUT_PHONE], [TWO_SPELLINGS]],
  [
    "are removed from the source contact if the number moves",
    [desiredContact("ada@x.example"), desiredContact(["bob@x.example", PHONE])],
    [TWO_SPELLINGS, { id: "crd_2", handles: ["email:bob@x.example"] }],
  ],
  [
    "of merged contacts are removed if handles are exact",
    [desiredContact(["ada@x.example", "eva@x.example"], { merge: true, exact: ["handles"] })],
    [
      { id: "crd_1", handles: ["email:ada@x.example", "phone:442079460111"] },
      { id: "crd_2", handles: ["email:eva@x.example", `phone:${PHONE}`] },
    ],
  ],
])("two spellings of one number %s", (_, entries, contacts) =>
  withTestEnvironment({ seed: { contacts }, behavior: { phoneForm: "e164" } }, async (environment) => {
    const desired = desiredState(entries);
    const { report, verification } = await environment.applyAndVerify(await environment.plan(desired));
    expect(new Set(report.results.map(({ status }) => status))).toEqual(new Set(["applied"]));
    expect(verification).toMatchObject({ complete: true, diagnostics: [] });
    const ada = (await environment.contacts()).find(({ id }) => id === "crd_1");
    expect(JSON.stringify(ada?.["handles"])).not.toContain("442079460111");
    await expectConverged({ environment, desired });
  }),
);

test.each([404, 400] as const)(
  "the removal of two spellings of one number succeeds if one request removes both and the other fails with %s",
  (missingHandle) =>
    withTestEnvironment(
      { seed: { contacts: [TWO_SPELLINGS] }, behavior: { phoneForm: "e164", missingHandle } },
      async (environment) => {
        const plan = await environment.plan(desiredState([WITHOUT_PHONE]));
        environment.beforeNext("DELETE", () =>
          environment.request("DELETE", "/contacts/crd_1/handles", { source: "phone", handle: PHONE }),
        );
        const report = await environment.apply(plan);
        expect(report.results.map(({ status }) => status)).toEqual(["applied"]);
      },
    ),
);

test("each of two spellings of one number is removed once if the response to the first request is lost", () =>
  withTestEnvironment({ seed: { contacts: [TWO_SPELLINGS] }, behavior: { phoneForm: "e164" } }, async (environment) => {
    const plan = await environment.plan(desiredState([WITHOUT_PHONE]));
    expect(plan.requests.byKind).toMatchObject({ "remove-handle": 2 });
    environment.emulator.faults = [{ kind: "reset-after", method: "DELETE", path: "/contacts/*/handles", nth: 1 }];
    const report = await environment.apply(plan);
    expect(report.results.map(({ status }) => status)).toEqual(["applied"]);
    expect(environment.emulator.requests.filter(({ method }) => method === "DELETE")).toHaveLength(2);
  }));

const DIFFERENT_HANDLES: readonly [remote: string, declared: string][] = [
  ["phone:DHL24365", "24365"],
  ["phone:+1 512 555 1337 ext. 890", "+15125551337"],
  ["email:\u212aim@x.example", "kim@x.example"],
];

test.each(DIFFERENT_HANDLES)("%s and %s are treated as different handles, with a warning", (remote, declared) =>
  withTestEnvironment(
    {
      seed: { contacts: [{ id: "crd_1", handles: ["email:ada@x.example", remote] }] },
      behavior: { foldEmails: false, phoneForm: "e164", unknownAlias: 404 },
    },
    async (environment) => {
      const entry = { ...desiredContact(["ada@x.example", declared]), exact: ["handles" as const] };
      for (const refresh of REFRESHES) {
        const plan = await planWithRefresh(environment, entry, refresh);
        expect(idsOf(plan)).toHaveLength(2);
        expect(codesOf(plan)).toEqual(["handle-compared-exactly"]);
      }
      const tombstone = await planWithRefresh(environment, desiredContact(declared, { ensure: "absent" }), "scan");
      expect(idsOf(tombstone)).toEqual([]);
    },
  ),
);

/** Sources that the API returns but does not accept, and one unknown source. */
const READ_ONLY_SOURCES = ["whatsapp", "smooch", "line", "googlePlay", "carrier_pigeon"];

describe.each(READ_ONLY_SOURCES)("a %s handle, which the API cannot write,", (source) => {
  const seed = {
    contacts: [
      { id: "crd_1", handles: ["email:ada@x.example", `${source}:4711`, "custom:old"], name: "Ada" },
      { id: "crd_2", handles: ["email:eva@x.example", { source, handle: "0815" }], name: "Eva" },
    ],
  };
  const handlesOf = async (environment: TestEnvironment) =>
    (await environment.contacts()).map((contact) => contact["handles"]);

  test("is not removed from a contact with exact handles", () =>
    withTestEnvironment({ seed }, async (environment) => {
      const entry = desiredContact("ada@x.example", { exact: ["handles"] });
      const plan = await environment.plan(desiredState([entry]));
      expect(idsOf(plan)).toEqual(["remove-handle front_contact.ada custom:old"]);
      expect((await environment.applyAndVerify(plan)).verification.complete).toBe(true);
      expect((await handlesOf(environment))[0]).toEqual([
        { source: "email", handle: "ada@x.example" },
        { source, handle: "4711" },
      ]);
      await expectConverged({ environment, desired: desiredState([entry]) });
    }));

  test("is preserved if other handles change", () =>
    withTestEnvironment({ seed }, async (environment) => {
      const entry = desiredContact(["eva@x.example", "eva@y.example"], { name: "Eva Y" });
      expect(
        (await environment.applyAndVerify(await environment.plan(desiredState([entry])))).verification.complete,
      ).toBe(true);
      expect((await handlesOf(environment))[1]).toEqual(
        expect.arrayContaining([
          { source, handle: "0815" },
          { source: "email", handle: "eva@y.example" },
        ]),
      );
    }));
});
