import { expect, test } from "@jest/globals";
import { parseBody } from "../../src/front/json.ts";
import { bodyExcerpt, responseError } from "../../src/front/response-errors.ts";
import { createRequest, createResponse, errorBody, TOKEN } from "./support.ts";

const JSON_ERROR = {
  _error: { status: 0, title: "Title", message: "Invalid request", details: ["body.name: missing"] },
};

const STATUSES: [status: number, code: string, outcome: string, transient: boolean][] = [
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
  [408, "broken", "unknown", true],
  [503, "broken", "unknown", true],
  [504, "broken", "unknown", true],
];

test.each(STATUSES)(
  "the error for %d has the code %s, and the outcome of a write is %s",
  (status, code, outcome, transient) => {
    const error = responseError(createRequest("POST"), createResponse(status, {}, JSON_ERROR));
    expect(error).toMatchObject({ code, outcome, transient, status });
    expect(error.advice).toMatch(/\.$/);
    // The advice is also for commands other than plan and apply.
    expect(error.advice).not.toMatch(/\bplan\b/);
    expect(responseError(createRequest("GET"), createResponse(status, {}, JSON_ERROR)).outcome).toBe("not-done");
  },
);

test("the advice for an unexpected status is to check the base URL and proxies", () => {
  const { advice } = responseError(createRequest(), createResponse(405, {}, JSON_ERROR));
  expect(advice).toBe("Check the base URL (FRONT_API_URL) and proxies, then run the command again.");
});

test("the advice for a request that is too large is to use a smaller picture only if it uploads a picture", () => {
  const adviceFor = (body: object) =>
    responseError({ ...createRequest("PATCH"), ...body }, createResponse(413, {}, JSON_ERROR)).advice;
  expect(adviceFor({ form: new FormData() })).toContain("Use a smaller picture");
  expect(adviceFor({ json: { description: "long" } })).toBe(
    "Shorten long values, such as the description or custom fields.",
  );
});

test("an error contains Front's message or title and the details, or else the status", () => {
  expect(responseError(createRequest(), createResponse(400, {}, JSON_ERROR)).message).toBe(
    "Front responded: Invalid request; body.name: missing",
  );
  const titled = { _error: { title: "Conflict", message: 7, details: [null, "why"] } };
  expect(responseError(createRequest(), createResponse(409, {}, titled)).message).toBe(
    "Front responded: Conflict; why",
  );
  expect(responseError(createRequest(), createResponse(403, {}, { _error: { status: 403 } })).message).toBe(
    "Front responded with 403",
  );
});

test("the advice for a 403 names the missing scope, unless the company's subscription is the reason", () => {
  const adviceFor = (reason: string) =>
    responseError(createRequest(), createResponse(403, {}, errorBody(reason, 403))).advice;
  expect(adviceFor("Forbidden")).toContain("scope contacts:read");
  expect(adviceFor("Your plan does not give you access to accounts")).toContain("subscription");
});

test.each([
  [
    "https://acme.api.frontapp.com/contacts?limit=100",
    "Set the base URL (FRONT_API_URL) to https://acme.api.frontapp.com.",
  ],
  ["https://acme.api.frontapp.com/login", "Check the base URL"],
  ["http://acme.api.frontapp.com/contacts", "Check the base URL"],
  ["https://acme.example/contacts", "Check the base URL"],
])("the advice for a redirect to %s starts with: %s", (location, advice) => {
  const request = { ...createRequest(), url: new URL("https://api2.frontapp.com/contacts") };
  const error = responseError(request, createResponse(307, { location }));
  expect(error.advice.startsWith(advice)).toBe(true);
  expect(error.advice).toContain("A redirect is not followed");
});

const WRONG_URL_404: [string, unknown][] = [
  ["Front's message for an unknown route", errorBody("No such route.", 404)],
  ["an HTML page", "<html>Not here</html>"],
  ["an empty body", ""],
  ["JSON of another service", { message: "no Route matched with those values" }],
  ["an empty object", {}],
  ["null", "null"],
];

test.each(WRONG_URL_404)("a 404 with %s means that the URL is wrong", (_, body) => {
  expect(responseError(createRequest(), createResponse(404, {}, body)).code).toBe("wrong-address");
});

test.each([400, 403, 404, 409, 422])(
  "if an error response is truncated (%d), a read can be retried, but a write cannot",
  (status) => {
    const response = createResponse(status, {}, '{"_error":{"sta');
    expect(responseError(createRequest(), response)).toMatchObject({ code: "unreadable", transient: true });
    const write = responseError(createRequest("POST"), response);
    expect(write).toMatchObject({ code: "unreadable", outcome: "not-done", transient: false });
  },
);

test.each([401, 403, 418, 502])(
  "the message for a proxy's page with the status %d contains the start of the page",
  (status) => {
    const page = `<html>\n\n  <title>Just a moment...</title>${"x".repeat(500)}`;
    const { message } = responseError(createRequest(), createResponse(status, {}, page));
    expect(message).toBe(
      `api2.frontapp.com responded with ${status}: ${`<html> <title>Just a moment...</title>${"x".repeat(500)}`.slice(0, 80)}…`,
    );
  },
);

test("the error for a list in an unknown workspace advises correcting the ID", () => {
  const request = { ...createRequest("POST"), url: new URL("https://api2.frontapp.com/teams/tim_1/contact_lists") };
  const error = responseError(request, createResponse(404, {}, errorBody("Unknown team ID tim_1", 404)));
  expect(error.advice).toContain("Correct the ID of the workspace");
});

test("an error does not contain the token", () => {
  const page = `GET /me authorization: Bearer ${TOKEN} or ${encodeURIComponent(TOKEN)}`;
  expect(bodyExcerpt(createRequest(), createResponse(502, {}, page).body)).toBe("GET /me authorization: Bearer … or …");
  const unauthorized = responseError(createRequest(), createResponse(401, {}, errorBody(`${TOKEN} is not known`, 401)));
  expect(unauthorized.message).toBe("Front responded: … is not known");
  const redirected = responseError(createRequest(), createResponse(302, { location: `https://x.example/?t=${TOKEN}` }));
  expect(redirected.redirect).toBe("https://x.example/?t=…");
});

test("a body is parsed only if it is JSON in UTF-8", () => {
  expect(parseBody(new TextEncoder().encode('{"a":1}'))).toEqual({ a: 1 });
  expect(parseBody(Uint8Array.from([0x22, 0xff, 0x22]))).toBeUndefined();
  expect(parseBody(new Uint8Array())).toBeUndefined();
});
