import { expect, test } from "@jest/globals";
import { type Fault, parseFault } from "../../src/emulator/index.ts";
import { type TestFront, withFront } from "./support.ts";

const create = (front: TestFront, email: string) =>
  front.call("POST", "/contacts", { handles: [{ source: "email", handle: email }] });

async function statusesOf(front: TestFront, targets: readonly string[]): Promise<number[]> {
  const statuses = [];
  for (const target of targets) statuses.push((await front.call("GET", target)).status);
  return statuses;
}

const exists = async (front: TestFront, email: string) =>
  (await front.emulator.asTeammate("GET", `/contacts/alt:email:${email}`)).status === 200;

test("a fault with nth is injected only into the nth matching request", () =>
  withFront({ faults: [{ method: "POST", path: "/contacts", nth: 2, kind: "status", status: 503 }] }, async (front) => {
    const statuses = [];
    for (const email of ["a@x", "b@x", "c@x"]) statuses.push((await create(front, email)).status);
    expect((await front.call("GET", "/contacts")).status).toBe(200);
    expect(statuses).toEqual([201, 503, 201]);
  }));

test.each([
  [{ path: "/contacts/*" }, [200, 200, 500]],
  [{ path: /contact/ }, [200, 500, 500]],
  [{ path: /contact/g }, [200, 500, 500]],
  [{ times: 2 }, [500, 500, 200]],
  [{ method: "get", times: 1 }, [500, 200, 200]],
  [{ probability: 0 }, [200, 200, 200]],
  [{ probability: 1 }, [500, 500, 500]],
] as const)("a fault with %p results in the statuses %j", (match, expected) => {
  const seed = { contacts: [{ id: "crd_1", handles: ["custom:1"] }] };
  return withFront({ seed, faults: [{ ...match, kind: "status", status: 500 }] }, async (front) => {
    expect(await statusesOf(front, ["/me", "/contacts?limit=1", "/contacts/crd_1"])).toEqual(expected);
  });
});

test("`times` counts only the requests that receive the fault", () => {
  const faults = [
    { nth: 1, kind: "status", status: 503 },
    { times: 1, kind: "status", status: 500 },
  ] as const;
  return withFront({ faults }, async (front) => {
    expect(await statusesOf(front, ["/me", "/me", "/me"])).toEqual([503, 500, 200]);
  });
});

test("a fault with a probability is injected into the same requests for the same seed", async () => {
  async function requestsWithFaults(seed: number): Promise<string> {
    let pattern = "";
    await withFront({ faults: [{ probability: 0.5, seed, kind: "status", status: 500 }] }, async (front) => {
      const statuses = await statusesOf(
        front,
        Array.from({ length: 20 }, () => "/me"),
      );
      pattern = statuses.map((status) => (status === 500 ? "x" : ".")).join("");
    });
    return pattern;
  }
  const first = await requestsWithFaults(7);
  expect(first).toMatch(/x.*\..*x/);
  expect(await requestsWithFaults(7)).toBe(first);
  expect(await requestsWithFaults(8)).not.toBe(first);
});

test("a status fault sends Front's error, or the configured headers and body", () =>
  withFront({}, async (front) => {
    front.emulator.faults = [{ kind: "status", status: 502 }];
    const plain = await front.call("GET", "/me");
    expect(plain.body._error).toMatchObject({ status: 502, title: "Bad gateway" });
    expect(plain.headers.get("x-ratelimit-limit")).toBe("200");
    const headers = { "X-Odd": "1", "x-ratelimit-limit": null };
    front.emulator.faults = [{ kind: "status", status: 200, headers, body: "[1" }];
    const custom = await front.call("GET", "/me");
    expect([custom.text, custom.headers.get("x-odd"), custom.headers.get("x-ratelimit-limit")]).toEqual([
      "[1",
      "1",
      null,
    ]);
  }));

test.each([
  ["creates no contact", false],
  ["creates a contact", true],
])("a 503 %s if processed is %s", (_, processed) =>
  withFront({ faults: [{ kind: "status", status: 503, processed }] }, async (front) => {
    expect((await create(front, "a@x.example")).status).toBe(503);
    expect(await exists(front, "a@x.example")).toBe(processed);
  }),
);

test.each([
  [{}, "1"],
  [{ retryAfter: 17 }, "17"],
  [{ retryAfter: "soon" }, "soon"],
  [{ retryAfter: null }, null],
])("a 429 with %j has the retry-after header %s", (options, expected) =>
  withFront({ faults: [{ kind: "429", ...options }] }, async (front) => {
    const response = await create(front, "a@x.example");
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, expected]);
    expect(response.body._error.title).toBe("Too many requests");
    expect(await exists(front, "a@x.example")).toBe(false);
  }),
);

test.each([
  ["reset-before", "without creating a contact", false],
  ["reset-after", "after creating a contact", true],
] as const)("%s closes the connection %s", (kind, _, isCreated) =>
  withFront({ faults: [{ kind, method: "POST" }] }, async (front) => {
    await expect(create(front, "a@x.example")).rejects.toThrow("fetch failed");
    expect(await exists(front, "a@x.example")).toBe(isCreated);
    expect(front.emulator.requests[0]).toMatchObject({ method: "POST", status: undefined, fault: kind });
  }),
);

test("apply-delay closes the connection and processes the request later", () =>
  withFront({ faults: [{ kind: "apply-delay", ms: 100 }] }, async (front) => {
    await expect(create(front, "a@x.example")).rejects.toThrow("fetch failed");
    expect(await exists(front, "a@x.example")).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await exists(front, "a@x.example")).toBe(true);
  }));

test.each([
  [{ kind: "delay", ms: 120 }, 110],
  [{ kind: "slow-body", ms: 20, bytes: 40 }, 50],
] as const)("%j delays the end of the response by at least %i ms", (fault, minimum) =>
  withFront({ faults: [fault] }, async (front) => {
    const start = performance.now();
    expect((await front.get("/me")).id).toBe("cmp_tp1");
    expect(performance.now() - start).toBeGreaterThan(minimum);
  }),
);

test.each(["length", "chunked"] as const)("a client detects a truncated body (%s)", (framing) =>
  withFront({ faults: [{ kind: "truncate", framing }] }, async (front) => {
    await expect(create(front, "a@x.example")).rejects.toThrow("terminated");
    expect(await exists(front, "a@x.example")).toBe(true);
  }),
);

test("a truncated body that ends with the connection seems complete", () =>
  withFront({ faults: [{ kind: "truncate", framing: "close" }] }, async (front) => {
    const { status, text, body } = await front.call("GET", "/me");
    expect([status, body]).toEqual([200, undefined]);
    expect(text).toMatch(/^\{"_links"/);
  }));

test("the fault html sends an HTML page, and the fault redirect sends a redirect", () =>
  withFront({}, async (front) => {
    front.emulator.faults = [{ kind: "html", status: 403 }];
    const page = await front.call("GET", "/me");
    expect([page.status, page.headers.get("content-type")]).toEqual([403, "text/html; charset=utf-8"]);
    expect(page.text).toMatch(/^<!DOCTYPE html>/);
    front.emulator.faults = [{ kind: "redirect", status: 307, location: "https://x.example/" }];
    const redirect = await front.call("POST", "/contacts", {});
    expect([redirect.status, redirect.headers.get("location")]).toEqual([307, "https://x.example/"]);
  }));

test("the first matching fault is injected, and each fault counts requests separately", () => {
  const faults: Fault[] = [
    { kind: "status", status: 500, nth: 1 },
    { kind: "status", status: 502, nth: 2 },
    { kind: "status", status: 504 },
  ];
  return withFront({ faults }, async (front) => {
    expect(await statusesOf(front, ["/me", "/me", "/me"])).toEqual([500, 502, 504]);
  });
});

test.each([
  ["POST /contacts#2=reset-after", { method: "POST", path: "/contacts", nth: 2, kind: "reset-after" }],
  ["/me=reset-before", { path: "/me", kind: "reset-before" }],
  ["*~0.2=503", { path: "*", probability: 0.2, kind: "status", status: 503, processed: false }],
  [
    "PATCH /contacts/*=503-after",
    { method: "PATCH", path: "/contacts/*", kind: "status", status: 503, processed: true },
  ],
  ["*=429", { path: "*", kind: "429" }],
  ["*=429:17", { path: "*", kind: "429", retryAfter: "17" }],
  ["*=delay:500", { path: "*", kind: "delay", ms: 500 }],
  ["*=apply-delay:5000", { path: "*", kind: "apply-delay", ms: 5000 }],
  ["*=slow-body", { path: "*", kind: "slow-body" }],
  ["*=truncate:close", { path: "*", kind: "truncate", framing: "close" }],
  ["*=html:502", { path: "*", kind: "html", status: 502 }],
  ["*=redirect", { path: "*", kind: "redirect" }],
  [
    "/contacts/alt:email:a%40x.example=500",
    { path: "/contacts/alt:email:a%40x.example", kind: "status", status: 500, processed: false },
  ],
])("parseFault parses the fault specification %s", (spec, fault) => {
  expect(parseFault(spec)).toEqual(fault);
});

test.each([
  ["", 'write one like "POST /contacts#2=reset-after"'],
  ["POST /contacts", "is not a valid fault"],
  ["*=explode", 'has the unknown kind "explode"; use a status such as 503'],
  ["*=status", 'has the unknown kind "status"'],
  ["*#0=503", "has the position 0; the first request is #1"],
  ["*~2=503", "has the probability 2; use a number from 0 to 1"],
  ["*=delay:soon", 'contains "soon"; use a whole number of milliseconds'],
  ["*=html:soon", 'contains "soon"; use a three-digit HTTP status'],
  ["*=truncate:half", 'has the unknown truncation "half"; use length'],
])("parseFault rejects the fault specification %j with advice", (spec, advice) => {
  expect(() => parseFault(spec)).toThrow(advice);
});
