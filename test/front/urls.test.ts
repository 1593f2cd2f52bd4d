import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createFrontUrls, oauthBase } from "../../src/front/urls.ts";
import { unicodeText } from "../support/unicode-text.ts";
import { catchError, TOKEN } from "./support.ts";

const FRONT = "https://api2.frontapp.com";
const LOCAL = "http://127.0.0.1:4010";

const front = createFrontUrls(FRONT);
const local = createFrontUrls(LOCAL);

test.each([
  FRONT,
  `${FRONT}/`,
  "https://API2.FrontApp.com",
  "https://twin-peaks.api.frontapp.com",
  "http://localhost:4010",
  "http://127.0.0.1:4010",
  "http://127.1",
  "http://[::1]:4010",
  "https://localhost:4010",
  "http://localhost:4010/front/",
])("the token may be sent to %s", (url) => {
  expect(createFrontUrls(url).urlFor("/me").href).toMatch(/\/me$/);
});

test.each([
  "http://api2.frontapp.com",
  "http://twin-peaks.api.frontapp.com",
  "https://api2.frontapp.com:8443",
  "https://api2.frontapp.com.evil.example",
  "https://evil.example/api2.frontapp.com",
  "https://api2.frontapp.com@evil.example",
  "https://evil.example#api2.frontapp.com",
  "https://a.b.api.frontapp.com",
  "https://.api.frontapp.com",
  "https://frontapp.com",
  "http://127.0.0.1.evil.example",
  "http://localhost.evil.example",
  "http://0.0.0.0:4010",
  "http://10.0.0.1",
  "ftp://localhost",
  "file://localhost/etc/passwd",
  "https://cooper:coffee@api2.frontapp.com",
  "https://api2.frontapp.com?to=x",
  "https://api2.frontapp.com#x",
  "api2.frontapp.com",
  "",
  TOKEN,
])("the token is never sent to %j", (url) => {
  const error = catchError(() => createFrontUrls(url));
  expect(error).toMatchObject({ code: "wrong-address", outcome: "not-done" });
  expect(error.advice).toContain("the base URL (FRONT_API_URL)");
  expect(error.message).not.toContain(TOKEN);
  expect(error.message).not.toContain("coffee");
});

test.each(["https://app.frontapp.com/oauth", "http://127.0.0.1:4010/oauth", "http://localhost:4010/oauth/"])(
  "a client secret may be sent to %s",
  (url) => expect(oauthBase(url).pathname).toBe("/oauth/"),
);

test.each([
  "http://app.frontapp.com/oauth",
  "https://app.frontapp.com.evil.example/oauth",
  "https://evil.example/oauth",
  "https://cooper:coffee@app.frontapp.com/oauth",
  "http://10.0.0.1/oauth",
  "",
])("a client secret is never sent to %j", (url) => {
  const error = catchError(() => oauthBase(url));
  expect(error.code).toBe("wrong-address");
  expect(error.advice).toContain("FRONT_OAUTH_URL");
  expect(error.message).not.toContain("coffee");
});

const ALIASES: [source: string, handle: string, path: string][] = [
  ["email", "ann+test@example.org", "/contacts/alt:email:ann%2Btest%40example.org"],
  ["phone", "+442079460000", "/contacts/alt:phone:%2B442079460000"],
  ["custom", "a/b:c", "/contacts/alt:custom:a%2Fb%3Ac"],
  ["custom", "..", "/contacts/alt:custom:.."],
  ["custom", "../me", "/contacts/alt:custom:..%2Fme"],
  ["custom", "%2e%2e%2fme", "/contacts/alt:custom:%252e%252e%252fme"],
  ["custom", "a?b#c&d=e", "/contacts/alt:custom:a%3Fb%23c%26d%3De"],
  ["custom", "a\\b", "/contacts/alt:custom:a%5Cb"],
  ["custom", "a\tb\nc", "/contacts/alt:custom:a%09b%0Ac"],
  ["custom", "  spaced out ", "/contacts/alt:custom:spaced%20out"],
  ["front_chat", "josé", "/contacts/alt:front_chat:jos%C3%A9"],
];

test.each(ALIASES)("the URL of the %s handle %j has the path %s", (source, handle, path) => {
  expect(front.contact(front.alias({ source, handle })).href).toBe(FRONT + path);
});

test("a handle is encoded as one path segment", () => {
  const property = fc.property(unicodeText(), (handle) => {
    const { origin, pathname, search, hash } = local.contact(local.alias({ source: "custom", handle }), "handles");
    expect([origin, search, hash]).toEqual([LOCAL, "", ""]);
    const [, collection, segment = "", subresource, ...others] = pathname.split("/");
    expect([collection, subresource, others]).toEqual(["contacts", "handles", []]);
    expect(decodeURIComponent(segment)).toBe(`alt:custom:${handle.trim()}`);
  });
  fc.assert(property, { numRuns: 1000 });
});

test.each(["", ".", "..", "\ud800", "crd_\udfff"])("%j is rejected as a segment of a URL", (segment) => {
  expect(catchError(() => front.contact(segment))).toMatchObject({ code: "refused", outcome: "not-done" });
});

test("the URL of a listing sorts oldest first and has the page token as a parameter", () => {
  const url = front.contacts({ limit: 100, pageToken: "a&limit=1#//evil.example" });
  expect(url.origin + url.pathname).toBe(`${FRONT}/contacts`);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    limit: "100",
    sort_by: "created_at",
    sort_order: "asc",
    page_token: "a&limit=1#//evil.example",
  });
});

test("URLs begin with the path of the base URL, and a path outside of it is rejected", () => {
  const urls = createFrontUrls("http://localhost:4010/front");
  expect(urls.listMembers("grp_1", {}).href).toBe("http://localhost:4010/front/contact_lists/grp_1/contacts");
  expect(() => urls.urlFor("/../me")).toThrow('"/../me" is not a path under http://localhost:4010/front/');
});

const PICTURE = "/contacts/crd_1/avatar-1";

const EMULATED = "https://twin-peaks.api.front.example";

const PICTURES: [base: string, avatarUrl: string, downloadUrl: string | undefined][] = [
  [FRONT, `https://twin-peaks.api.frontapp.com${PICTURE}`, `https://twin-peaks.api.frontapp.com${PICTURE}`],
  [LOCAL, `https://twin-peaks.api.frontapp.com${PICTURE}`, LOCAL + PICTURE],
  [LOCAL, `${EMULATED}${PICTURE}`, LOCAL + PICTURE],
  [LOCAL, LOCAL + PICTURE, LOCAL + PICTURE],
  [FRONT, `http://twin-peaks.api.frontapp.com${PICTURE}`, FRONT + PICTURE],
  [FRONT, `https://cooper:coffee@api2.frontapp.com${PICTURE}`, FRONT + PICTURE],
  [FRONT, PICTURE, FRONT + PICTURE],
  [FRONT, `${EMULATED}${PICTURE}`, undefined],
  [FRONT, `https://evil.example${PICTURE}`, undefined],
  [FRONT, `https://evilapi2.frontapp.com.example${PICTURE}`, undefined],
  [FRONT, `https://api2.frontapp.com.evil.example${PICTURE}`, undefined],
  [FRONT, `https://api2.frontapp.com@evil.example${PICTURE}`, undefined],
  [FRONT, `//evil.example${PICTURE}`, undefined],
  [FRONT, "https://www.gravatar.com/avatar/0", undefined],
  [FRONT, "data:image/png;base64,AAAA", undefined],
  [FRONT, "file:///etc/passwd", undefined],
  [LOCAL, "https://evil.example//evil.example/x", undefined],
  [LOCAL, "http://127.0.0.1:1/x", undefined],
  [LOCAL, "http://%%%", undefined],
];

test.each(PICTURES)("with base URL %s, the download URL of the picture %s is %s", (base, avatarUrl, downloadUrl) => {
  expect(createFrontUrls(base).avatar(avatarUrl)?.href).toBe(downloadUrl);
});

const SIGNED: [string | undefined, boolean][] = [
  ["https://bucket.s3.example/x?signature=1", true],
  [`${LOCAL}/signed/x`, true],
  ["http://bucket.s3.example/x", false],
  ["http://127.0.0.1:1/x", false],
  ["https://cooper:coffee@bucket.s3.example/x", false],
  ["file:///etc/passwd", false],
  ["data:image/png,x", false],
  ["/signed/x", false],
  ["", false],
  [undefined, false],
];

test.each(SIGNED)("a picture may be downloaded from %j without the token: %p", (location, allowed) => {
  expect(local.redirectTarget(location)?.href).toBe(allowed ? location : undefined);
});

test("the signed URL of a picture in Front must use HTTPS", () => {
  expect(front.redirectTarget(`${LOCAL}/signed/x`)).toBeUndefined();
});
