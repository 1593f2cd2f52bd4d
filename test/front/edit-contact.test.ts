import { expect, test } from "@jest/globals";
import type { ContactPatch, FrontApi } from "../../src/front/api.ts";
import { COOPER, failure, readAllIds, withFront } from "./support.ts";

/**
 * Returns a function for `editContact` that returns a patch of the custom field `Location`, or undefined if the field
 * already has the value.
 */
function setLocation(
  location: string,
): (fresh: { customFields: ContactPatch["customFields"] }) => ContactPatch | undefined {
  return ({ customFields = new Map() }) => {
    if (customFields.get("Location") === location) return undefined;
    return { customFields: new Map([...customFields, ["Location", location]]) };
  };
}

async function readFields(front: FrontApi, id: string): Promise<object> {
  return Object.fromEntries((await front.contact(id))?.customFields ?? []);
}

test("an edit reads the contact and preserves its other fields", () =>
  withFront({}, async ({ front, emulator, contact, sent }) => {
    const id = await contact(COOPER.handle, { custom_fields: { "Job Title": "Agent" } });
    await emulator.asTeammate("PATCH", `/contacts/${id}`, {
      custom_fields: { "Job Title": "Director", "On Duty": true },
    });
    await front.editContact(id, setLocation("Room 315"));
    expect(sent()).toEqual([`GET /contacts/${id}`, `PATCH /contacts/${id}`]);
    expect(await readFields(front, id)).toEqual({ "Job Title": "Director", "On Duty": true, Location: "Room 315" });
  }));

test("an edit without changes sends no PATCH", () =>
  withFront({}, async ({ front, contact, sent }) => {
    const id = await contact(COOPER.handle, { custom_fields: { Location: "Room 315" } });
    await front.editContact(id, setLocation("Room 315"));
    expect(sent()).toEqual([`GET /contacts/${id}`]);
  }));

test("an edit with an unknown outcome reads the contact again and retries only if the edit was not applied", async () => {
  for (const [kind, requests] of [
    ["reset-after", 3],
    ["reset-before", 4],
  ] as const) {
    await withFront({}, async ({ front, emulator, contact }) => {
      const id = await contact(COOPER.handle);
      emulator.faults = [{ kind, method: "PATCH", times: 1 }];
      await front.editContact(id, setLocation("Room 315"));
      expect(front.requests).toBe(requests);
      expect(await readFields(front, id)).toEqual({ Location: "Room 315" });
    });
  }
});

test("an edit whose PATCH receives a 429 reads the contact again before the next PATCH", () =>
  withFront({}, async ({ front, emulator, contact, clock }) => {
    const id = await contact(COOPER.handle);
    emulator.faults = [{ kind: "429", retryAfter: 17, method: "PATCH", times: 1 }];
    const edit = front.editContact(id, setLocation("Room 315"));
    await clock.sleep(10_000);
    await emulator.asTeammate("PATCH", `/contacts/${id}`, { custom_fields: { "Job Title": "Director" } });
    await edit;
    expect(await readFields(front, id)).toEqual({ "Job Title": "Director", Location: "Room 315" });
  }));

test("an edit of a missing contact fails and creates nothing", () =>
  withFront({ emulator: { behavior: { unknownAlias: 404 } } }, async ({ front, sent }) => {
    expect(await failure(front.editContact("crd_gone", setLocation("Room 315")))).toMatchObject({
      code: "missing",
      outcome: "not-done",
    });
    expect(await front.contact("crd_gone")).toBeUndefined();
    expect(await front.contactByHandle(COOPER)).toBeUndefined();
    expect(sent().some((request) => !request.startsWith("GET"))).toBe(false);
  }));

test("a response with a contact other than the requested contact is rejected", () =>
  withFront({}, async ({ front, emulator, contact }) => {
    const id = await contact("laura@palmer.example");
    const { body } = await emulator.asTeammate("GET", `/contacts/${id}`);
    emulator.faults = [{ kind: "status", status: 200, body }];
    const calls = [
      front.contactByHandle(COOPER),
      front.contact("crd_other"),
      front.editContact("crd_other", () => ({ name: "x" })),
    ];
    for (const call of calls) expect((await failure(call)).code).toBe("changed");
    expect(emulator.requests.every(({ method }) => method === "GET")).toBe(true);
  }));

const LOOKUPS: [source: string, stored: string, requested: string, segment: string][] = [
  ["email", "Dale.Cooper@FBI.example", "dale.cooper@fbi.example", "alt:email:dale.cooper%40fbi.example"],
  ["email", "ann+test@example.org", " ann+test@example.org ", "alt:email:ann%2Btest%40example.org"],
  ["phone", "+442079460000", "+442079460000", "alt:phone:%2B442079460000"],
  ["custom", "a/b:c", "a/b:c", "alt:custom:a%2Fb%3Ac"],
  ["custom", "100% ?#&", "100% ?#&", "alt:custom:100%25%20%3F%23%26"],
  ["twitter", "..", "..", "alt:twitter:.."],
];

test.each(LOOKUPS)("the contact with %s handle %j is found by a lookup of %j", (source, stored, requested, segment) =>
  withFront({ emulator: { behavior: { foldEmails: true } } }, async ({ front, emulator, sent }) => {
    await emulator.asTeammate("POST", "/contacts", { name: "Found", handles: [{ source, handle: stored }] });
    expect((await front.contactByHandle({ source, handle: requested }))?.name).toBe("Found");
    expect(sent()).toEqual([`GET /contacts/${segment}`]);
  }),
);

test("in read-only mode, an edit reads but writes nothing", () =>
  withFront({ client: { readOnly: true } }, async ({ front, contact, sent }) => {
    const id = await contact(COOPER.handle);
    await expect(front.editContact(id, setLocation("Room 315"))).rejects.toThrow(
      /^Cannot send PATCH \/contacts\/\w+: the client is read-only\./,
    );
    expect(sent()).toEqual([`GET /contacts/${id}`]);
    expect(await readAllIds(front)).toEqual([id]);
  }));

test("a creation sends only the properties that are set, and a patch can set a field named __proto__", () =>
  withFront({}, async ({ front, emulator }) => {
    await front.createContact({ handles: [COOPER], customFields: { Location: "Room 315" }, listNames: ["Guests"] });
    expect(JSON.parse(emulator.requests[0]?.body ?? "")).toEqual({
      handles: [COOPER],
      list_names: ["Guests"],
      custom_fields: { Location: "Room 315" },
    });
    await failure(front.patchContact("crd_1", { customFields: new Map([["__proto__", "x"]]) }));
    expect(emulator.requests[1]?.body).toBe('{"custom_fields":{"__proto__":"x"}}');
  }));

test.each([
  ["no other integrations", 5, 70_000, 0],
  ["other integrations that use half of the limit", 1, 210_000, 0.5],
])(
  "with %s, a long run leaves at least %i requests of the rate limit and takes at most %i ms",
  (_, minRemaining, maxTime, othersShare) =>
    withFront({ emulator: { rate: 20, window: 10_000, othersShare } }, async ({ connect, contact, clock }) => {
      const id = await contact(COOPER.handle);
      const remaining: number[] = [];
      const fetch = async (request: Request) => {
        const response = await clock.fetch(request);
        remaining.push(Number(response.headers.get("x-ratelimit-remaining")));
        return response;
      };
      const front = connect({ fetch, reserve: 0.25 });
      const edits = Array.from({ length: 40 }, (_, nth) => front.editContact(id, setLocation(`Room ${nth}`)));
      await Promise.all([...edits, ...Array.from({ length: 20 }, () => front.me())]);
      expect(front.requests).toBe(100);
      expect(Math.min(...remaining)).toBeGreaterThanOrEqual(minRemaining);
      expect(clock.monotonic()).toBeLessThanOrEqual(maxTime);
    }),
);
