import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { isTierLimit, rateLimitStatus, retryDelay } from "../../src/front/rate-limit-headers.ts";
import { createResponse, DATE, errorBody } from "./support.ts";

test.each<[response: string, limit: "a tier" | "the company", headers: { tier?: string; remaining?: string }]>([
  ["a tier header and requests remaining", "a tier", { tier: "2", remaining: "12" }],
  ["a tier header and no requests remaining", "the company", { tier: "2", remaining: "0" }],
  ["a tier header and a negative number remaining", "the company", { tier: "2", remaining: "-1" }],
  ["a tier header and no number of remaining requests", "the company", { tier: "2" }],
  ["no tier header", "the company", { remaining: "12" }],
])("a 429 with %s is for a limit of %s", (_, limit, { tier, remaining }) => {
  const headers = {
    ...(tier === undefined ? {} : { "x-front-tier": tier }),
    ...(remaining === undefined ? {} : { "x-ratelimit-remaining": remaining }),
  };
  expect(isTierLimit(createResponse(429, headers))).toBe(limit === "a tier");
});

const NOW = Date.parse(DATE) / 1000;
const MINUTE = 60_000;

const RETRY_AFTER: [value: string, delay: number | undefined][] = [
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

test.each(RETRY_AFTER)("the delay in ms for retry-after %j is %p", (value, delay) => {
  expect(retryDelay(createResponse(429, { "retry-after": value, date: DATE }))).toBe(delay);
});

const IN_250_MS = errorBody("Rate limit exceeded for tier-2 route. Please retry in 250 milliseconds.");

const WITHOUT_RETRY_AFTER: [string, Record<string, string>, unknown, number | undefined][] = [
  ["the milliseconds in the message take precedence", { "x-ratelimit-reset": `${NOW + 30}` }, IN_250_MS, 250],
  [
    "the end of the window is used if the message has no delay",
    { "x-ratelimit-reset": `${NOW + 30.25}` },
    errorBody("No time"),
    30_250,
  ],
  ["the default is a minute", {}, errorBody("No time"), MINUTE],
  ["an HTML page is ignored", {}, "<html>Please retry in 5 milliseconds</html>", MINUTE],
  ["a reset in the past causes a short delay", { "x-ratelimit-reset": `${NOW - 3600}` }, "", 250],
  ["a reset in ten years is too late to wait for", { "x-ratelimit-reset": `${NOW + 3e8}` }, "", undefined],
  ["a reset that is not a number is ignored", { "x-ratelimit-reset": "soon" }, "", MINUTE],
];

test.each(WITHOUT_RETRY_AFTER)("without retry-after, %s", (_, headers, body, delay) => {
  expect(retryDelay(createResponse(429, { date: DATE, ...headers }, body))).toBe(delay);
});

test("a date or a reset is ignored if the response has no date header", () => {
  expect(retryDelay(createResponse(429, { "x-ratelimit-reset": "1" }))).toBe(MINUTE);
  expect(retryDelay(createResponse(429, { "retry-after": DATE }))).toBe(MINUTE);
});

test.each([-3600, 0, 3600])(
  "the delay does not depend on the local clock, and the rate limit has Front's times (Front's clock differs by %d s)",
  (offset) => {
    const date = new Date(Date.now() + offset * 1000).toUTCString();
    const reset = Date.parse(date) / 1000 + 12.5;
    const { headers } = createResponse(429, { date, "x-ratelimit-reset": String(reset) });
    expect(retryDelay(createResponse(429, Object.fromEntries(headers)))).toBe(12_500);
    const limits = { "x-ratelimit-limit": "50", "x-ratelimit-remaining": "7" };
    const status = rateLimitStatus(createResponse(200, { ...Object.fromEntries(headers), ...limits }));
    expect(status).toEqual({
      limit: 50,
      remaining: 7,
      burstRemaining: 0,
      endsAt: reset * 1000,
      respondedAt: Date.parse(date),
    });
  },
);

/** Generates header values of printable ASCII characters. */
const headerValue = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) }),
  fc.double().map(String),
  fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  fc.stringMatching(/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/),
);

test("for any headers, the delay is undefined or between 250 ms and two minutes", () => {
  const headers = fc.record(
    { "retry-after": headerValue, "x-ratelimit-reset": headerValue, date: headerValue },
    { requiredKeys: [] },
  );
  const property = fc.property(headers, fc.string(), (sample, message) => {
    const delay = retryDelay(createResponse(429, sample, errorBody(message)));
    if (delay === undefined) return;
    expect(delay).toBeGreaterThanOrEqual(250);
    expect(delay).toBeLessThanOrEqual(120_000);
  });
  fc.assert(property, { numRuns: 3000 });
});

/** Returns the rate limit in a response with these headers, whose names omit `x-ratelimit-`. */
function rateLimitIn(limits: Readonly<Record<string, string>>) {
  const headers = Object.fromEntries(Object.entries(limits).map(([name, text]) => [`x-ratelimit-${name}`, text]));
  return rateLimitStatus(createResponse(200, { date: DATE, ...headers }));
}

test.each<[string, Record<string, string>, object]>([
  [
    "a complete set of headers",
    { limit: "50", remaining: "7", reset: `${NOW + 5}.5`, "burst-remaining": "25" },
    { limit: 50, remaining: 7, burstRemaining: 25, endsAt: (NOW + 5.5) * 1000, respondedAt: NOW * 1000 },
  ],
  [
    "headers with neither a reset nor a burst pool",
    { limit: "50", remaining: "7" },
    { limit: 50, remaining: 7, burstRemaining: 0, endsAt: undefined },
  ],
  ["headers with a negative remaining count", { limit: "50", remaining: "-1" }, { limit: 50, remaining: -1 }],
])("rateLimitStatus returns the rate limit for %s", (_, limits, expected) => {
  expect(rateLimitIn(limits)).toMatchObject(expected);
});

test.each<[string, Record<string, string>]>([
  ["no limit", { remaining: "7" }],
  ["no remaining count", { limit: "50" }],
  ["a limit of zero", { limit: "0", remaining: "0" }],
  ["values that are not numbers", { limit: "many", remaining: "some" }],
  ["a remaining count that is not a number", { limit: "50", remaining: "--1" }],
])("rateLimitStatus returns undefined for headers with %s", (_, limits) => {
  expect(rateLimitIn(limits)).toBeUndefined();
});
