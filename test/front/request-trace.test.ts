import { expect, test } from "@jest/globals";
import { type TracedRequest, traceRequests } from "../../src/front/request-trace.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

async function traceFetch(request: Request, respond: () => Promise<Response>): Promise<TracedRequest[]> {
  const traced: TracedRequest[] = [];
  const fetch = traceRequests(respond, { clock: new VirtualClock(), onRequest: (request) => traced.push(request) });
  await fetch(request).catch(() => undefined);
  return traced;
}

const authorization = "Bearer secret-token";

test("a trace contains only the headers about the rate limit and the content", async () => {
  const headers = { "retry-after": "7", "set-cookie": "secret", "x-anything": "secret" };
  const request = new Request("https://api2.frontapp.com/me?x=1", { headers: { authorization } });
  const [line] = await traceFetch(request, async () => new Response("{}", { headers, status: 429 }));
  expect(line).toMatchObject({ method: "GET", url: "https://api2.frontapp.com/me?x=1", status: 429 });
  expect(Object.keys(line?.headers ?? {}).sort()).toEqual(["content-type", "retry-after"]);
  expect(JSON.stringify(line)).not.toContain("secret");
});

test("a trace omits the signature of a signed URL", async () => {
  const [line] = await traceFetch(
    new Request("https://s3.example/a.png?signature=secret"),
    async () => new Response("x"),
  );
  expect(line?.url).toBe("https://s3.example/a.png");
});

test.each([
  [
    "is the code of the innermost cause",
    Object.assign(new TypeError("secret"), { cause: { code: "ECONNRESET" } }),
    "ECONNRESET",
  ],
  ["is the name of the error if there is no code", new TypeError("secret"), "TypeError"],
  ['is "failed" if there is neither a code nor a name', {}, "failed"],
])("the traced error %s", async (_, error, expected) => {
  const request = new Request("https://api2.frontapp.com/me", { headers: { authorization } });
  const [line] = await traceFetch(request, async () => Promise.reject(error));
  expect(line).toMatchObject({ error: expected });
  expect(line).not.toHaveProperty("status");
});
