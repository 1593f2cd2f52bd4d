import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseBody } from "../../src/front/json.ts";
import { rateLimitStatus, retryDelay } from "../../src/front/rate-limit-headers.ts";
import { bodyExcerpt, responseError } from "../../src/front/response-errors.ts";
import { answer, DATE, question, saying, TOKEN } from "./support.ts";

const NOW = Date.parse(DATE) / 1000;
const MINUTE = 60_000;

const RETRY_AFTER: [value: string, wait: number | undefined][] = [
  ["17", 17_000],
  ["0", 250],
  ["0.5", 500],
  ["0.001", 250],
  ["120", 120_000],
  ["121", undefined],
  ["86400", undefined],
  ["120000", undefined],
  ["-5", MINUTE],
  ["soon", MINUTE],
  ["1e3", MINUTE],
  ["", MINUTE],
  ["5, 9", MINUTE],
  ["Thu, 01 Jan 2026 00:00:09 GMT", 9000],
  ["Thu, 01 Jan 2015 00:00:00 GMT", 250],
  ["Thu, 01 Jan 2036 00:00:00 GMT", undefined],
  ["Xxx, 99 Xxx 2026 99:99:99 GMT", MINUTE],
  ["0x10", MINUTE],
  ["12345678", MINUTE],
];

test.each(RETRY_AFTER)("retry-after %j is a wait of %p ms", (value, wait) => {
  expect(retryDelay(answer(429, { "retry-after": value, date: DATE }))).toBe(wait);
});

const IN_250_MS = saying("Rate limit exceeded for tier-2 route. Please retry in 250 milliseconds.");

const WITHOUT_RETRY_AFTER: [string, Record<string, string>, unknown, number | undefined][] = [
  ["the message's milliseconds come first", { "x-ratelimit-reset": `${NOW + 30}` }, IN_250_MS, 250],
  ["then the end of the window", { "x-ratelimit-reset": `${NOW + 30.25}` }, saying("No time"), 30_250],
  ["then a minute", {}, saying("No time"), MINUTE],
  ["a page says nothing", {}, "<html>Please retry in 5 milliseconds</html>", MINUTE],
  ["a reset in the past is a short wait", { "x-ratelimit-reset": `${NOW - 3600}` }, "", 250],
  ["a reset in ten years is for a person to decide", { "x-ratelimit-reset": `${NOW + 3e8}` }, "", undefined],
  ["a reset that is no number is none", { "x-ratelimit-reset": "soon" }, "", MINUTE],
];

test.each(WITHOUT_RETRY_AFTER)("without retry-after, %s", (_, headers, body, wait) => {
  expect(retryDelay(answer(429, { date: DATE, ...headers }, body))).toBe(wait);
});

test("without Front's own clock a date or a reset says nothing", () => {
  expect(retryDelay(answer(429, { "x-ratelimit-reset": "1" }))).toBe(MINUTE);
  expect(retryDelay(answer(429, { "retry-after": DATE }))).toBe(MINUTE);
});

test.each([-3600, 0, 3600])("the wait is the same when Front's clock is %d s from ours", (offset) => {
  const date = new Date(Date.now() + offset * 1000).toUTCString();
  const reset = Date.parse(date) / 1000 + 12.5;
  const { headers } = answer(429, { date, "x-ratelimit-reset": String(reset) });
  expect(retryDelay(answer(429, Object.fromEntries(headers)))).toBe(12_500);
  const limits = { "x-ratelimit-limit": "50", "x-ratelimit-remaining": "7" };
  const budget = rateLimitStatus(answer(200, { ...Object.fromEntries(headers), ...limits }));
  expect(budget).toEqual({
    ...{ limit: 50, remaining: 7, burst: 0 },
    endsAt: reset * 1000,
    respondedAt: Date.parse(date),
  });
});

/** What a header can carry: anything else never gets out of a socket. */
const value = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) }),
  fc.double().map(String),
  fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  fc.stringMatching(/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/),
);

test("whatever the headers say, the wait is a quarter of a second to two minutes, or no wait at all", () => {
  const headers = fc.record({ "retry-after": value, "x-ratelimit-reset": value, date: value }, { requiredKeys: [] });
  const holds = fc.property(headers, fc.string(), (given, said) => {
    const wait = retryDelay(answer(429, given, saying(said)));
    if (wait === undefined) return;
    expect(wait).toBeGreaterThanOrEqual(250);
    expect(wait).toBeLessThanOrEqual(120_000);
  });
  fc.assert(holds, { numRuns: 3000 });
});

const BUDGETS: [string, Record<string, string>, unknown][] = [
  [
    "a whole word",
    { limit: "50", remaining: "7", reset: `${NOW + 5}.5`, "burst-remaining": "25" },
    { limit: 50, remaining: 7, burst: 25, endsAt: (NOW + 5.5) * 1000, respondedAt: NOW * 1000 },
  ],
  ["no end and no burst", { limit: "50", remaining: "7" }, { limit: 50, remaining: 7, burst: 0, endsAt: undefined }],
  ["no limit", { remaining: "7" }, undefined],
  ["no count", { limit: "50" }, undefined],
  ["a limit of nothing", { limit: "0", remaining: "0" }, undefined],
  ["words", { limit: "many", remaining: "some" }, undefined],
  ["a negative count", { limit: "50", remaining: "-1" }, { limit: 50, remaining: -1 }],
  ["a count that is not a number", { limit: "50", remaining: "--1" }, undefined],
];

test.each(BUDGETS)("the budget of %s", (_, words, budget) => {
  const headers = Object.fromEntries(Object.entries(words).map(([name, text]) => [`x-ratelimit-${name}`, text]));
  expect(rateLimitStatus(answer(200, { date: DATE, ...headers }))).toEqual(budget && expect.objectContaining(budget));
});

const JSON_ERROR = { _error: { status: 0, title: "Title", message: "Told so", details: ["body.name: missing"] } };

const STATUSES: [status: number, failure: string, write: string, transient: boolean][] = [
  [400, "refused", "not-done", false],
  [401, "unauthorized", "not-done", false],
  [403, "forbidden", "not-done", false],
  [404, "missing", "not-done", false],
  [409, "conflict", "not-done", false],
  [413, "refused", "not-done", false],
  [418, "broken", "not-done", false],
  [422, "refused", "not-done", false],
  [302, "broken", "unknown", false],
  [500, "broken", "unknown", true],
  [502, "broken", "unknown", true],
  [503, "broken", "unknown", true],
  [504, "broken", "unknown", true],
];

test.each(STATUSES)("%d is %s, a write is %s", (status, kind, outcome, transient) => {
  const error = responseError(question("POST"), answer(status, {}, JSON_ERROR));
  expect(error).toMatchObject({ code: kind, outcome, transient, status });
  expect(error.advice).toMatch(/\.$/);
  expect(responseError(question("GET"), answer(status, {}, JSON_ERROR)).outcome).toBe("not-done");
});

test("Front's own words are passed on, details included", () => {
  expect(responseError(question(), answer(400, {}, JSON_ERROR)).message).toBe(
    "Front says: Told so; body.name: missing",
  );
  const titled = { _error: { title: "Conflict", message: 7, details: [null, "why"] } };
  expect(responseError(question(), answer(409, {}, titled)).message).toBe("Front says: Conflict; why");
});

const NO_CONTACTS_404: [string, unknown][] = [
  ["Front's word on an unknown route", saying("No such route.", 404)],
  ["a page", "<html>Not here</html>"],
  ["nothing", ""],
  ["somebody else's JSON", { message: "no Route matched with those values" }],
  ["an empty object", {}],
  ["null", "null"],
];

test.each(NO_CONTACTS_404)("a 404 with %s is about the address, not about a contact", (_, body) => {
  expect(responseError(question(), answer(404, {}, body)).code).toBe("wrong-address");
});

test.each([401, 403, 418, 502])("a proxy's page with %d is told by its first words", (status) => {
  const page = `<html>\n\n  <title>Just a moment...</title>${"x".repeat(500)}`;
  const { message } = responseError(question(), answer(status, {}, page));
  expect(message).toBe(
    `api2.frontapp.com responded with ${status}: ${`<html> <title>Just a moment...</title>${"x".repeat(500)}`.slice(0, 80)}…`,
  );
});

test("a page that repeats the token is not repeated", () => {
  const page = `GET /me authorization: Bearer ${TOKEN} or ${encodeURIComponent(TOKEN)}`;
  expect(bodyExcerpt(question(), answer(502, {}, page).body)).toBe("GET /me authorization: Bearer … or …");
  const told = responseError(question(), answer(401, {}, saying(`${TOKEN} is not known`, 401)));
  expect(told.message).toBe("Front says: … is not known");
  const led = responseError(question(), answer(302, { location: `https://x.example/?t=${TOKEN}` }));
  expect(led.redirect).toBe("https://x.example/?t=…");
});

test("only JSON in UTF-8 is JSON", () => {
  expect(parseBody(new TextEncoder().encode('{"a":1}'))).toEqual({ a: 1 });
  expect(parseBody(Uint8Array.from([0x22, 0xff, 0x22]))).toBeUndefined();
  expect(parseBody(new Uint8Array())).toBeUndefined();
});
