import { expect, test } from "@jest/globals";
import { startEmulator } from "../../src/emulator/index.ts";
import { withFront } from "./support.ts";

test("the emulator listens on a free port of the loopback interface", () =>
  withFront({}, (first) =>
    withFront({}, async (second) => {
      expect(first.emulator.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(first.emulator.url).not.toBe(second.emulator.url);
    }),
  ));

test("the emulator stops when closed, and can be closed twice", async () => {
  const emulator = await startEmulator();
  await emulator.close();
  await emulator.close();
  await expect(fetch(emulator.url)).rejects.toThrow("fetch failed");
});

test.each<[name: string, behavior: object, message: string]>([
  [
    "an unknown behavior",
    { phoneFrom: "e164" },
    '"phoneFrom" is not a behavior of the emulator; use one of: foldEmails, phoneForm',
  ],
  ["an inherited property", { constructor: true }, '"constructor" is not a behavior of the emulator'],
  [
    "an unknown value",
    { phoneForm: "E164" },
    '"E164" is not a value of phoneForm; use one of: e164, as-sent, digits, e164-us',
  ],
])("the emulator rejects %s", async (_, behavior, message) => {
  await expect(startEmulator({ behavior })).rejects.toThrow(message);
});

test("the emulator uses the default of a behavior that is undefined", () =>
  withFront({ behavior: { conflictStatus: undefined } as object }, async (front) => {
    await front.contact("ann@x.example");
    const handles = [{ source: "email", handle: "ann@x.example" }];
    expect((await front.call("POST", "/contacts", { handles })).status).toBe(409);
  }));

test("the emulator uses the configured clock for the date header", () =>
  withFront({ now: () => Date.UTC(1990, 3, 8) }, async (front) => {
    expect((await front.call("GET", "/me")).headers.get("date")).toBe("Sun, 08 Apr 1990 00:00:00 GMT");
  }));

test("the emulator logs requests and their results", () =>
  withFront({ now: () => 7 }, async (front) => {
    await front.call("POST", "/contacts", { handles: [] });
    await front.call("GET", "/contacts?limit=1");
    expect(front.emulator.requests).toEqual([
      expect.objectContaining({
        at: 7,
        method: "POST",
        path: "/contacts",
        query: "",
        body: '{"handles":[]}',
        status: 400,
        headers: expect.objectContaining({ authorization: `Bearer ${front.emulator.token}` }),
        fault: undefined,
      }),
      expect.objectContaining({ method: "GET", path: "/contacts", query: "limit=1", body: "", status: 200 }),
    ]);
  }));

test("the emulator processes a teammate's requests without rate limits, faults or logging", () =>
  withFront({ rate: 1, faults: [{ kind: "reset-before" }] }, async (front) => {
    const created = await front.emulator.asTeammate("POST", "/contacts", {
      handles: [{ source: "custom", handle: "1" }],
    });
    expect(created.status).toBe(201);
    const listing = await front.emulator.asTeammate("GET", "/contacts?limit=1");
    expect(listing.body._results[0].id).toBe(created.body.id);
    expect((await front.emulator.asTeammate("DELETE", `/contacts/${created.body.id}`)).body).toBeUndefined();
    expect(front.emulator.requests).toEqual([]);
  }));

test("the emulator calls onRequest before a request is processed", async () => {
  const emulator = await startEmulator({
    seed: { contacts: [{ id: "crd_1", handles: ["custom:1"] }] },
    async onRequest({ method }) {
      if (method === "PATCH") await emulator.asTeammate("DELETE", "/contacts/crd_1");
    },
  });
  const headers = { authorization: `Bearer ${emulator.token}` };
  expect((await fetch(`${emulator.url}/contacts/crd_1`, { headers })).status).toBe(200);
  expect((await fetch(`${emulator.url}/contacts/crd_1`, { headers, method: "PATCH" })).status).toBe(404);
  await emulator.close();
});

test("with latency, the emulator delays responses", () =>
  withFront({ latency: 80 }, async (front) => {
    const start = performance.now();
    await front.call("GET", "/me");
    expect(performance.now() - start).toBeGreaterThan(70);
  }));

test("with an index lag, the emulator finds a new contact by ID immediately, but by alias and in listings only later", () => {
  let now = 1_000_000;
  return withFront(
    { indexLag: 6000, now: () => now, seed: { contacts: [{ handles: ["custom:1"] }] } },
    async (front) => {
      const id = await front.contact("a@x.example");
      const results = async () => [
        (await front.call("GET", `/contacts/${id}`)).status,
        (await front.call("GET", "/contacts/alt:email:a@x.example")).status,
        (await front.get("/contacts"))._results.length,
      ];
      expect(await results()).toEqual([200, 404, 1]);
      const conflict = await front.call("POST", "/contacts", {
        handles: [{ source: "email", handle: "a@x.example" }],
      });
      expect(conflict.status).toBe(409);
      now += 6000;
      expect(await results()).toEqual([200, 200, 2]);
    },
  );
});

test("the emulator does not normalize paths, and returns 404 for an invalid escape", () =>
  withFront({}, async (front) => {
    await front.contact("a@x.example");
    const doubleSlash = await front.call("GET", "/contacts//");
    expect(doubleSlash.body._error.message).toBe("No such route.");
    const invalidEscape = await front.call("GET", "/contacts/%zz");
    expect([invalidEscape.status, invalidEscape.body._error.status]).toEqual([404, 404]);
  }));
