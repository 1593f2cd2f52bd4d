import { inspect } from "node:util";
import { expect, test } from "@jest/globals";
import { type FrontApi, FrontError } from "../../src/front/api.ts";
import { connectFront } from "../../src/front/client.ts";
import { parseToken, redact } from "../../src/front/token.ts";
import { expectNoSecretInText } from "../support/secrets.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { COOPER, catchError, errorBody, failure, TOKEN } from "./support.ts";

const FRONT = "https://api2.frontapp.com";
const PICTURE = "https://twin-peaks.api.frontapp.com/contacts/crd_1/avatar-1";
const SIGNED = "https://bucket.s3.example/x?signature=1";

function createClient(respond: (request: Request) => Response | Promise<Response>, token = TOKEN) {
  const sent: [url: string, authorization: string | null][] = [];
  const fetch = async (request: Request) => {
    sent.push([request.url, request.headers.get("authorization")]);
    return await respond(request);
  };
  const front = connectFront({ url: FRONT, token, clock: new VirtualClock(), fetch, random: () => 0 });
  return { front, sent };
}

const redirectTo = (location: string) => new Response(null, { status: 302, headers: { location } });

test("the token is sent without surrounding white space", async () => {
  const { front, sent } = createClient(() => Response.json({ id: "cmp_1", name: "FBI" }), `\n ${TOKEN}\r\n`);
  await front.me();
  expect(sent).toEqual([[`${FRONT}/me`, `Bearer ${TOKEN}`]]);
});

test("a picture is downloaded from Front with the token, and from a redirect without it", async () => {
  const { front, sent } = createClient(({ url }) => (url === SIGNED ? new Response("picture") : redirectTo(SIGNED)));
  expect(Buffer.from(await front.avatar(PICTURE)).toString()).toBe("picture");
  expect(sent).toEqual([
    [PICTURE, `Bearer ${TOKEN}`],
    [SIGNED, null],
  ]);
});

test("a second redirect of a picture download is not followed", async () => {
  const { front, sent } = createClient(() => redirectTo(SIGNED));
  expect((await failure(front.avatar(PICTURE))).code).toBe("no-picture");
  expect(sent.length).toBe(2);
});

test.each([
  "http://bucket.s3.example/x",
  "http://127.0.0.1:1/x",
  "file:///etc/passwd",
  "https://u:p@x.example/",
  "/x",
  "no way",
  "",
])("a redirect of a picture download to %j is not followed", async (location) => {
  const { front, sent } = createClient(() => redirectTo(location));
  expect((await failure(front.avatar(PICTURE))).code).toBe("no-picture");
  expect(sent.length).toBe(1);
});

test("the maximum size of a picture is 25 MB", async () => {
  const download = (bytes: number) => createClient(() => new Response(new Uint8Array(bytes))).front.avatar(PICTURE);
  expect((await download(25 * 1024 * 1024)).byteLength).toBe(25 * 1024 * 1024);
  expect((await failure(download(25 * 1024 * 1024 + 1))).message).toContain("more than 26,214,400 bytes");
});

const echo = `Authorization: Bearer ${TOKEN}`;
const networkError = Object.assign(new TypeError(`fetch failed with ${echo}`), {
  request: new Request(FRONT, { headers: { authorization: `Bearer ${TOKEN}` } }),
});
const page = (text: string, init?: ResponseInit) => () => new Response(text, init);
const json = (body: object, status = 200) => page(JSON.stringify(body), { status });

const RESPONSES_WITH_TOKEN: [string, (request: Request) => Response | Promise<Response>][] = [
  ["a page that echoes the token", page(`<pre>${echo}</pre>`)],
  ["a gateway's page that echoes the token", page(`<pre>${echo}</pre>`, { status: 502 })],
  ["a page whose excerpt ends in the middle of the token", page(`${"x".repeat(45)}${echo}`, { status: 418 })],
  ["an error from Front that echoes the token", json(errorBody(`Unknown token ${TOKEN}`), 401)],
  ["error details that echo the token", json({ _error: { details: [TOKEN] } }, 400)],
  [
    "a redirect to a URL with the token",
    ({ url }) =>
      url.includes("evil") ? new Response() : redirectTo(`https://evil.example/?token=${encodeURIComponent(TOKEN)}`),
  ],
  ["a response with unexpected properties", json({ id: TOKEN, name: TOKEN })],
  [
    "a network error that contains the request",
    () => Promise.reject(Object.assign(networkError, { code: "ECONNRESET" })),
  ],
  ["a 429 with a long delay", page(echo, { status: 429, headers: { "retry-after": "99999" } })],
  ["repeated 429s", page(echo, { status: 429, headers: { "retry-after": "1" } })],
];

const CALLS: [string, (front: FrontApi) => Promise<unknown>][] = [
  ["reading", (front) => front.me()],
  ["creating", (front) => front.createContact({ handles: [COOPER] })],
  ["editing", (front) => front.editContact("crd_1", () => ({ name: "x" }))],
  ["fetching a picture", (front) => front.avatar(PICTURE)],
];

test.each(RESPONSES_WITH_TOKEN)("no error after %s contains the token", async (_, respond) => {
  for (const [name, call] of CALLS) {
    const error = await call(createClient(respond).front).catch((caught: unknown) => caught);
    if (!(error instanceof FrontError)) {
      expect(name).toBe("fetching a picture");
      continue;
    }
    const output = [
      inspect(error, { depth: 9, showHidden: true }),
      JSON.stringify(error),
      error.stack,
      error.advice,
    ].join();
    const forms = [TOKEN, encodeURIComponent(TOKEN), Buffer.from(TOKEN).toString("base64"), TOKEN.slice(0, 12)];
    for (const form of forms) expect(output).not.toContain(form);
  }
});

test("inspecting the client does not show the token", () => {
  const { front } = createClient(() => redirectTo(SIGNED));
  expect(inspect(front, { depth: 9, showHidden: true }) + JSON.stringify(front)).not.toContain(TOKEN);
});

test("an invalid URL or token is rejected before a request is sent", () => {
  const clock = new VirtualClock();
  expect(catchError(() => connectFront({ url: "http://evil.example", token: TOKEN, clock })).code).toBe(
    "wrong-address",
  );
  expect(catchError(() => connectFront({ url: FRONT, token: "no token", clock })).code).toBe("unauthorized");
});

test.each([" TOKEN\n", "\tTOKEN", "TOKEN\r\n"])("the token %j is trimmed", (text) => {
  expect(parseToken(text.replace("TOKEN", TOKEN))).toBe(TOKEN);
});

test.each([
  "",
  "tiny",
  "two words",
  '"quoted-token"',
  "line\nbreak-token",
  "curly’token",
  "null\0token",
  "töken-token",
])("the token %j is rejected, and the error does not contain it", (token) => {
  const error = catchError(() => parseToken(token));
  expect(error.code).toBe("unauthorized");
  if (token !== "") expect(error.message + error.advice).not.toContain(token);
});

const SECRET = "a.unique+TOKEN/with=odd~characters";
const HEX = Buffer.from(SECRET).toString("hex");

test.each([
  ["that is not encoded", SECRET],
  ["in lower case", SECRET.toLowerCase()],
  ["in upper case", SECRET.toUpperCase()],
  ["that is percent-encoded", encodeURIComponent(SECRET)],
  ["that is percent-encoded in lower case", encodeURIComponent(SECRET).toLowerCase()],
  ["in hex", HEX],
  ["in upper-case hex", HEX.toUpperCase()],
  ["in base64", Buffer.from(SECRET).toString("base64")],
  ["in base64url", Buffer.from(SECRET).toString("base64url")],
  ["in the base64 of id:secret", Buffer.from(`id:${SECRET}`).toString("base64")],
  ["in the base64 of a longer text", Buffer.from(`abcd${SECRET}xyz`).toString("base64")],
])("a secret %s is redacted", (_, form) => {
  const redacted = redact(`before ${form} after, ${form}`, [SECRET]);
  expect(redacted).toMatch(/^before .*…\S* after/);
  expect(() => expectNoSecretInText([SECRET], redacted, "redact")).not.toThrow();
});

test("text without a secret is not redacted", () => {
  expect(redact("a b+c (d) [e] \\f", ["abc+token.value", "b+c.(d)x"])).toBe("a b+c (d) [e] \\f");
});
