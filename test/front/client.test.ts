import { randomBytes } from "node:crypto";
import { expect, test } from "@jest/globals";
import type { Fault } from "../../src/emulator/index.ts";
import type { FrontApi } from "../../src/front/api.ts";
import { sample } from "../scale.ts";
import { PICTURES_AS_SENT } from "../support/emulator.ts";
import { COOPER, failure, readAllIds, startOtherHost, type TestFront, withFront } from "./support.ts";

const LAURA = { source: "email", handle: "laura@palmer.example" } as const;

type Call = (front: FrontApi, id: string, list: string) => Promise<unknown>;

const READS: [string, Call][] = [
  ["me", (front) => front.me()],
  ["customFields", (front) => front.customFields()],
  ["contactLists", (front) => front.contactLists()],
  ["contacts", (front) => readAllIds(front)],
  ["contact", (front, id) => front.contact(id)],
  ["contactByHandle", (front) => front.contactByHandle(COOPER)],
];

const WRITES: [string, Call][] = [
  ["createContact", (front) => front.createContact({ handles: [LAURA] })],
  ["patchContact", (front, id) => front.patchContact(id, { description: "Coffee" })],
  ["uploadAvatar", (front, id) => front.uploadAvatar(id, "image/png", randomBytes(64))],
  ["addHandle", (front, id) => front.addHandle(id, { source: "phone", handle: "+13605550123" })],
  ["createList", (front) => front.createList("Bookhouse Boys")],
  ["addToList", (front, id, list) => front.addToList(list, [id])],
];

async function withCooper(run: (testFront: TestFront, id: string, list: string) => Promise<void>): Promise<void> {
  await withFront(
    { emulator: { behavior: { listings: "whole", shortPages: false, emptyPages: false } } },
    async (testFront) => {
      const id = await testFront.contact(COOPER.handle, {
        name: "Dale Cooper",
        custom_fields: { Location: "Room 315" },
      });
      await testFront.emulator.asTeammate("POST", "/contact_lists", { name: "Guests" });
      const lists = await testFront.emulator.asTeammate("GET", "/contact_lists");
      await run(testFront, id, lists.body._results[0].id);
    },
  );
}

test.each([...READS, ...WRITES])("%s sends one request", (_, call) =>
  withCooper(async ({ front, emulator }, id, list) => {
    await call(front, id, list);
    expect(emulator.requests.map(({ status }) => (status ?? 0) < 300)).toEqual([true]);
    expect(front.requests).toBe(1);
  }),
);

test.each([...READS, ...WRITES])("%s is retried once after a 429", (_, call) =>
  withCooper(async ({ front, emulator }, id, list) => {
    emulator.faults = [{ kind: "429", retryAfter: 17, times: 1 }];
    await call(front, id, list);
    const [first, second, ...others] = emulator.requests;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBe(17_000);
    expect([second?.method, second?.path, second?.body.length]).toEqual([
      first?.method,
      first?.path,
      first?.body.length,
    ]);
    expect(others).toEqual([]);
  }),
);

test.each(WRITES)("in read-only mode, %s sends nothing", (_, call) =>
  withFront({ client: { readOnly: true } }, async ({ front, emulator }) => {
    await expect(call(front, "crd_1", "grp_1")).rejects.toThrow("the client is read-only. Omit readOnly");
    expect(emulator.requests).toEqual([]);
  }),
);

const TEMPORARY_FAULTS: Fault[] = [
  ...[500, 502, 503, 504].map((status) => ({ kind: "status", status }) as const),
  { kind: "reset-before" },
  { kind: "reset-after" },
  { kind: "html", status: 502 },
  { kind: "truncate", framing: "length" },
  { kind: "truncate", framing: "chunked" },
  { kind: "truncate", framing: "close" },
];

const READS_WITH_FAULTS = READS.flatMap(([name, call]) =>
  TEMPORARY_FAULTS.map((fault) => [name, fault, call] as const),
);

test.each(sample(READS_WITH_FAULTS, 3))("%s succeeds after four failures and fails after five: %j", (_, fault, call) =>
  withCooper(async ({ emulator, connect }, id, list) => {
    emulator.faults = [{ ...fault, times: 4 }];
    await call(connect(), id, list);
    emulator.faults = [fault];
    const front = connect();
    expect(await failure(call(front, id, list))).toMatchObject({ outcome: "not-done", transient: true });
    expect(front.requests).toBe(5);
  }),
);

const UNKNOWN_OUTCOMES: [string, Fault, boolean][] = [
  ["receives a 503 and is not processed", { kind: "status", status: 503 }, false],
  ["receives a 503 but is processed", { kind: "status", status: 503, processed: true }, true],
  ["is cut off before processing", { kind: "reset-before" }, false],
  ["is cut off after processing", { kind: "reset-after" }, true],
  ["is redirected", { kind: "redirect", status: 307 }, false],
  ["receives an HTML page as its response", { kind: "html" }, false],
];

const WRITE_CASES = WRITES.flatMap(([name, call]) =>
  UNKNOWN_OUTCOMES.map(([description, fault, isProcessed]) => [name, description, call, fault, isProcessed] as const),
);

test.each(WRITE_CASES)("%s has an unknown outcome and is not retried if it %s", (_, __, call, fault, isProcessed) =>
  withCooper(async ({ front, emulator }, id, list) => {
    const before = await readCompany(emulator);
    emulator.faults = [fault];
    expect(await failure(call(front, id, list))).toMatchObject({ outcome: "unknown" });
    expect(emulator.requests.length).toBe(1);
    expect((await readCompany(emulator)) !== before).toBe(isProcessed);
  }),
);

async function readCompany(emulator: TestFront["emulator"]): Promise<string> {
  const contacts = await emulator.asTeammate("GET", "/contacts?limit=100");
  const lists = await emulator.asTeammate("GET", "/contact_lists");
  return JSON.stringify([contacts.body._results, lists.body._results]);
}

test.each(["length", "chunked", "close"] as const)(
  "a creation with a truncated response (%s) has an unknown outcome",
  (framing) =>
    withCooper(async ({ front, emulator }) => {
      emulator.faults = [{ kind: "truncate", framing }];
      expect((await failure(front.createContact({ handles: [LAURA] }))).outcome).toBe("unknown");
      expect(emulator.requests.length).toBe(1);
    }),
);

test.each(READS)("%s rejects the HTML page of a proxy", (_, call) =>
  withCooper(async ({ emulator, connect }, id, list) => {
    for (const [status, code] of [
      [200, "unreadable"],
      [400, "unreadable"],
      [401, "unauthorized"],
      [403, "unreadable"],
      [404, "wrong-address"],
      [502, "broken"],
    ] as const) {
      emulator.faults = [{ kind: "html", status }];
      const error = await failure(call(connect(), id, list));
      expect(error.code).toBe(code);
      if (status !== 404) expect(error.message).toContain("Just a moment...");
    }
  }),
);

test.each(READS)("%s rejects JSON with an unexpected shape", (_, call) =>
  withCooper(async ({ emulator, connect }, id, list) => {
    for (const body of ["null", "[]", "{}", '"text"', "7", '{"_results":{},"_pagination":{"next":null}}']) {
      emulator.faults = [{ kind: "status", status: 200, body, headers: { "content-type": "application/json" } }];
      expect(await failure(call(connect(), id, list))).toMatchObject({ code: "unreadable", outcome: "not-done" });
    }
  }),
);

test("a creation with a malformed response has an unknown outcome", () =>
  withCooper(async ({ front, emulator }) => {
    emulator.faults = [{ kind: "status", status: 201, body: {} }];
    expect(await failure(front.createContact({ handles: [LAURA] }))).toMatchObject({
      code: "unreadable",
      outcome: "unknown",
    });
  }));

test("the error for a refused connection has advice and the outcome not-done", () =>
  withFront({}, async ({ front, emulator }) => {
    await emulator.close();
    const error = await failure(front.createList("Guests"));
    expect(error).toMatchObject({ code: "unreachable", outcome: "not-done" });
    expect(error.advice).toContain("the base URL (FRONT_API_URL)");
    expect(front.requests).toBe(5);
  }));

test.each([301, 302, 303, 307, 308])("a redirect with the status %d is not followed", async (status) => {
  await using other = await startOtherHost();
  await withCooper(async ({ emulator, connect }, id, list) => {
    for (const host of [other.url.origin, emulator.url]) {
      emulator.faults = [{ kind: "redirect", status, location: `${host}/me` }];
      for (const [, call] of [...READS, ...WRITES]) {
        const front = connect();
        expect(await failure(call(front, id, list))).toMatchObject({ code: "broken", status });
        expect(front.requests).toBe(1);
      }
    }
  });
  expect(other.requestCount()).toBe(0);
});

test.each(["gone", "moved"] as const)(
  "with mergedContacts %s, a contact that was merged into another contact is treated as missing",
  (mergedContacts) =>
    withFront({ emulator: { behavior: { mergedContacts } } }, async ({ front, contact }) => {
      const [target, merged] = [await contact(COOPER.handle), await contact(LAURA.handle)];
      await front.mergeContacts(target, [merged]);
      expect(await front.contact(merged)).toBeUndefined();
      expect(await failure(front.patchContact(merged, { description: "Coffee" }))).toMatchObject({ code: "missing" });
    }),
);

test.each([
  ["https://elsewhere.example", "crd_2", "broken"],
  ["https://peaks.api.frontapp.com", "crd_1", "broken"],
  ["https://peaks.api.frontapp.com", "crd_2", "missing"],
])("a redirect to %s/contacts/%s is not followed", (host, id, code) =>
  withFront({}, async ({ front, emulator }) => {
    emulator.faults = [{ kind: "redirect", status: 301, location: `${host}/contacts/${id}` }];
    expect(await failure(front.patchContact("crd_1", { name: "Dale" }))).toMatchObject({ code });
    expect(front.requests).toBe(1);
  }),
);

test("a listing returns every contact once, even with short, empty and many pages", async () => {
  for (const behavior of [{}, { shortPages: true }, { emptyPages: true }, { shortPages: true, emptyPages: true }]) {
    await withFront(
      { emulator: { behavior, rate: Number.POSITIVE_INFINITY } },
      async ({ front, contact, emulator }) => {
        const ids: string[] = [];
        for (let nth = 0; nth < 205; nth += 1) ids.push(await contact(`guest${nth}@x.example`));
        expect(await readAllIds(front)).toEqual(ids);
        expect(emulator.requests.every(({ headers }) => headers["host"] === new URL(emulator.url).host)).toBe(true);
      },
    );
  }
});

function pageResponse(next: unknown, ...ids: string[]): Fault {
  const empty = { name: null, description: "", avatar_url: null, links: [], lists: [], handles: [], custom_fields: {} };
  const body = { _pagination: { next }, _results: ids.map((id) => ({ ...empty, id })) };
  return { kind: "status", status: 200, body };
}

const nextUrl = (token: string) => `https://twin-peaks.api.frontapp.com/contacts?page_token=${token}`;

test("a listing that repeats five pages with new page tokens is rejected", () =>
  withFront({ emulator: { rate: Number.POSITIVE_INFINITY } }, async ({ front, emulator }) => {
    emulator.faults = Array.from({ length: 60 }, (_, nth) => ({
      ...pageResponse(nextUrl(`T${nth}`), `crd_${nth % 5}`, "crd_x"),
      nth: nth + 1,
    }));
    expect((await failure(readAllIds(front))).code).toBe("unreadable");
    expect(emulator.requests.length).toBe(6);
  }));

test("a contact on two pages is listed once", () =>
  withFront({}, async ({ front, emulator }) => {
    emulator.faults = [
      { ...pageResponse(nextUrl("A"), "crd_1", "crd_2"), nth: 1 },
      { ...pageResponse(null, "crd_2", "crd_3", "crd_3"), nth: 2 },
    ];
    expect(await readAllIds(front)).toEqual(["crd_1", "crd_2", "crd_3"]);
  }));

test("a listing requests the next page only from Front", async () => {
  await using other = await startOtherHost();
  const { host } = other.url;
  const hosts = [`http://${host}/`, `http://cooper:coffee@${host}/`, `//${host}/`];
  const prefixes = [...hosts, `https://${host}/`, `ftp://${host}/`, `http:\\\\${host}\\`, "/", "x"];
  for (const prefix of prefixes) {
    await withFront({}, async ({ front, emulator }) => {
      emulator.faults = [
        { ...pageResponse(`${prefix}?page_token=A`, "crd_1"), nth: 1 },
        { ...pageResponse(null, "crd_2"), nth: 2 },
      ];
      expect(await readAllIds(front)).toEqual(["crd_1", "crd_2"]);
      expect(emulator.requests[1]?.query).toBe("limit=100&page_token=A&sort_by=created_at&sort_order=asc");
    });
  }
  expect(other.requestCount()).toBe(0);
});

test("a listing fails if the request for a later page is rejected", () =>
  withFront({}, async ({ front, emulator }) => {
    emulator.faults = [
      { ...pageResponse(nextUrl("A"), "crd_1"), nth: 1 },
      { kind: "status", status: 400, nth: 2 },
    ];
    expect((await failure(readAllIds(front))).code).toBe("refused");
  }));

test("a contact that Front lists without custom fields is read by its ID", () =>
  withCooper(async ({ front, emulator, sent }, id) => {
    const body = { _pagination: { next: null }, _results: [{ id }, { id: "crd_gone" }] };
    emulator.faults = [{ kind: "status", status: 200, body, path: "/contacts" }];
    const pages = [];
    for await (const contactPage of front.contacts()) pages.push(contactPage);
    expect(pages.map(({ contacts, last }) => [contacts.length, last])).toEqual([[1, true]]);
    expect(pages[0]?.contacts[0]?.customFields).toEqual(new Map([["Location", "Room 315"]]));
    expect(sent()).toEqual(["GET /contacts", `GET /contacts/${id}`, "GET /contacts/crd_gone"]);
  }));

test("an uploaded picture is downloaded with the same bytes, and the upload changes no other property", () =>
  withFront({ emulator: { behavior: PICTURES_AS_SENT } }, async ({ front, emulator, contact }) => {
    const id = await contact(COOPER.handle, {
      name: "Dale",
      links: ["https://fbi.example"],
      custom_fields: { Location: "315" },
    });
    const before = await front.contact(id);
    const bytes = randomBytes(300_000);
    emulator.faults = [{ kind: "429", method: "PATCH", times: 1 }];
    await front.uploadAvatar(id, "image/png", bytes);
    const after = await front.contact(id);
    expect({ ...after, avatarUrl: 0, updatedAt: 0 }).toEqual({ ...before, avatarUrl: 0, updatedAt: 0 });
    expect(bytes.equals(await front.avatar(after?.avatarUrl ?? ""))).toBe(true);
  }));
