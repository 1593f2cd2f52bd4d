import { expect, test } from "@jest/globals";
import type { HttpResponse } from "../../src/front/http.ts";
import { isTierLimit, rateLimitStatus } from "../../src/front/rate-limit-headers.ts";

function response(headers: Record<string, string>): HttpResponse {
  return { status: 429, headers: new Headers(headers), body: new Uint8Array() };
}

test.each([
  ["a tier, with requests left", { "x-front-tier": "2", "x-ratelimit-remaining": "12" }, true],
  [
    "the company, with a tier header and no requests left",
    { "x-front-tier": "2", "x-ratelimit-remaining": "0" },
    false,
  ],
  [
    "the company, with a tier header and a negative number",
    { "x-front-tier": "2", "x-ratelimit-remaining": "-1" },
    false,
  ],
  ["the company, with a tier header and no number", { "x-front-tier": "2" }, false],
  ["the company, without a tier header", { "x-ratelimit-remaining": "12" }, false],
] as [string, Record<string, string>, boolean][])("a 429 concerns %s", (_, headers, expected) => {
  expect(isTierLimit(response(headers))).toBe(expected);
});

test.each([
  ["12", 12],
  ["0", 0],
  ["-1", -1],
  ["many", undefined],
])("x-ratelimit-remaining: %s is read as %p", (remaining, expected) => {
  const headers = { "x-ratelimit-limit": "100", "x-ratelimit-remaining": remaining };
  expect(rateLimitStatus(response(headers))?.remaining).toBe(expected);
});
