import { expect, test } from "@jest/globals";
import { parseFault } from "../../src/emulator/index.ts";

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
])("reads %s", (spec, fault) => {
  expect(parseFault(spec)).toEqual(fault);
});

test.each([
  ["", 'write one like "POST /contacts#2=reset-after"'],
  ["POST /contacts", "is not a fault"],
  ["*=explode", 'has the unknown kind "explode"; use a status such as 503'],
  ["*=status", 'has the unknown kind "status"'],
  ["*=delay:soon", 'needs a whole number instead of "soon"'],
  ["*=truncate:half", 'has the unknown truncation "half"; use length'],
])("rejects %j with advice", (spec, advice) => {
  expect(() => parseFault(spec)).toThrow(advice);
});
