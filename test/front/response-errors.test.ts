import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseBody } from "../../src/front/json.ts";
import { rateLimitStatus, retryDelay } from "../../src/front/rate-limit-headers.ts";
import { bodyExcerpt, responseError } from "../../src/front/response-errors.ts";
import { createRequest, createResponse, DATE, errorBody, TOKEN } from "./support.ts";

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

test.each(RETRY_AFTER)("retry-after %j is a delay of %p ms", (value, wait) => {
  expect(retryDelay(createResponse(429, { "retry-after": value, date: DATE }))).toBe(wait);
});

const IN_250_MS = errorBody("Rate limit exceeded for tier-2 route. Please retry in 250 milliseconds.");

const WITHOUT_RETRY_AFTER: [string, Record<string, string>, unknown, number | undefined][] = [
  ["the milliseconds in the message take precedence", { "x-ratelimit-reset": `${NOW + 30}` }, IN_250_MS, 250],
  ["the end of the window comes next", { "x-ratelimit-reset": `${NOW + 30.25}` }, errorBody("No time"), 30_250],
  ["the default is a minute", {}, errorBody("No time"), MINUTE],
  ["an HTML page is ignored", {}, "<html>Please retry in 5 milliseconds</html>", MINUTE],
  ["a reset in the past is a short wait", { "x-ratelimit-reset": `${NOW - 3600}` }, "", 250],
  ["a reset in ten years is too late to wait for", { "x-ratelimit-reset": `${NOW + 3e8}` }, "", undefined],
  ["a reset that is not a number is ignored", { "x-ratelimit-reset": "soon" }, "", MINUTE],
];

test.each(WITHOUT_RETRY_AFTER)("without retry-after, %s", (_, headers, body, wait) => {
  expect(retryDelay(createResponse(429, { date: DATE, ...headers }, body))).toBe(wait);
});

test("ignores a date or a reset without Front's clock", () => {
  expect(retryDelay(createResponse(429, { "x-ratelimit-reset": "1" }))).toBe(MINUTE);
  expect(retryDelay(createResponse(429, { "retry-after": DATE }))).toBe(MINUTE);
});

test.each([-3600, 0, 3600])("the delay is the same if Front's clock differs by %d s", (offset) => {
  const date = new Date(Date.now() + offset * 1000).toUTCString();
  const reset = Date.parse(date) / 1000 + 12.5;
  const { headers } = createResponse(429, { date, "x-ratelimit-reset": String(reset) });
  expect(retryDelay(createResponse(429, Object.fromEntries(headers)))).toBe(12_500);
  const limits = { "x-ratelimit-limit": "50", "x-ratelimit-remaining": "7" };
  const budget = rateLimitStatus(createResponse(200, { ...Object.fromEntries(headers), ...limits }));
  expect(budget).toEqual({
    ...{ limit: 50, remaining: 7, burst: 0 },
    endsAt: reset * 1000,
    respondedAt: Date.parse(date),
  });
});

/** The characters of a header: Node rejects any other. */
const value = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) }),
  fc.double().map(String),
  fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  fc.stringMatching(/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/),
);

test("the delay is between 250 ms and two minutes for any headers, or undefined", () => {
  const headers = fc.record({ "retry-after": value, "x-ratelimit-reset": value, date: value }, { requiredKeys: [] });
  const holds = fc.property(headers, fc.string(), (given, message) => {
    const wait = retryDelay(createResponse(429, given, errorBody(message)));
    if (wait === undefined) return;
    expect(wait).toBeGreaterThanOrEqual(250);
    expect(wait).toBeLessThanOrEqual(120_000);
  });
  fc.assert(holds, { numRuns: 3000 });
});

const BUDGETS: [string, Record<string, string>, unknown][] = [
  [
    "a complete set of headers",
    { limit: "50", remaining: "7", reset: `${NOW + 5}.5`, "burst-remaining": "25" },
    { limit: 50, remaining: 7, burst: 25, endsAt: (NOW + 5.5) * 1000, respondedAt: NOW * 1000 },
  ],
  ["no end and no burst", { limit: "50", remaining: "7" }, { limit: 50, remaining: 7, burst: 0, endsAt: undefined }],
  ["no limit", { remaining: "7" }, undefined],
  ["no count", { limit: "50" }, undefined],
  ["a limit of zero", { limit: "0", remaining: "0" }, undefined],
  ["texts", { limit: "many", remaining: "some" }, undefined],
  ["a negative count", { limit: "50", remaining: "-1" }, { limit: 50, remaining: -1 }],
  ["a count that is not a number", { limit: "50", remaining: "--1" }, undefined],
];

test.each(BUDGETS)("reads the rate limit of %s", (_, limits, budget) => {
  const headers = Object.fromEntries(Object.entries(limits).map(([name, text]) => [`x-ratelimit-${name}`, text]));
  expect(rateLimitStatus(createResponse(200, { date: DATE, ...headers }))).toEqual(
    budget && expect.objectContaining(budget),
  );
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
  const error = responseError(createRequest("POST"), createResponse(status, {}, JSON_ERROR));
  expect(error).toMatchObject({ code: kind, outcome, transient, status });
  expect(error.advice).toMatch(/\.$/);
  expect(responseError(createRequest("GET"), createResponse(status, {}, JSON_ERROR)).outcome).toBe("not-done");
});

test("reports Front's message and details", () => {
  expect(responseError(createRequest(), createResponse(400, {}, JSON_ERROR)).message).toBe(
    "Front says: Told so; body.name: missing",
  );
  const titled = { _error: { title: "Conflict", message: 7, details: [null, "why"] } };
  expect(responseError(createRequest(), createResponse(409, {}, titled)).message).toBe("Front says: Conflict; why");
});

const NO_CONTACTS_404: [string, unknown][] = [
  ["Front's message for an unknown route", errorBody("No such route.", 404)],
  ["an HTML page", "<html>Not here</html>"],
  ["nothing", ""],
  ["JSON of another service", { message: "no Route matched with those values" }],
  ["an empty object", {}],
  ["null", "null"],
];

test.each(NO_CONTACTS_404)("a 404 with %s concerns the URL, not a contact", (_, body) => {
  expect(responseError(createRequest(), createResponse(404, {}, body)).code).toBe("wrong-address");
});

test.each([401, 403, 418, 502])("reports the start of a proxy's page with %d", (status) => {
  const page = `<html>\n\n  <title>Just a moment...</title>${"x".repeat(500)}`;
  const { message } = responseError(createRequest(), createResponse(status, {}, page));
  expect(message).toBe(
    `api2.frontapp.com responded with ${status}: ${`<html> <title>Just a moment...</title>${"x".repeat(500)}`.slice(0, 80)}…`,
  );
});

test("redacts the token in a page", () => {
  const page = `GET /me authorization: Bearer ${TOKEN} or ${encodeURIComponent(TOKEN)}`;
  expect(bodyExcerpt(createRequest(), createResponse(502, {}, page).body)).toBe("GET /me authorization: Bearer … or …");
  const unauthorized = responseError(createRequest(), createResponse(401, {}, errorBody(`${TOKEN} is not known`, 401)));
  expect(unauthorized.message).toBe("Front says: … is not known");
  const redirected = responseError(createRequest(), createResponse(302, { location: `https://x.example/?t=${TOKEN}` }));
  expect(redirected.redirect).toBe("https://x.example/?t=…");
});

test("parses JSON in UTF-8 only", () => {
  expect(parseBody(new TextEncoder().encode('{"a":1}'))).toEqual({ a: 1 });
  expect(parseBody(Uint8Array.from([0x22, 0xff, 0x22]))).toBeUndefined();
  expect(parseBody(new Uint8Array())).toBeUndefined();
});
