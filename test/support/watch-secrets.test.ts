import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { mustNotKeep, mustNotTell } from "./watch-secrets.ts";

const SECRET = "a.unique+TOKEN/with=odd~characters";

test.each([
  ["as it is", SECRET],
  ["in an address", encodeURIComponent(SECRET)],
  ["in an address within an address", encodeURIComponent(encodeURIComponent(SECRET))],
  ["in base64", Buffer.from(SECRET).toString("base64")],
  ["in hex", Buffer.from(SECRET).toString("hex")],
  ["in upper case", SECRET.toUpperCase()],
  ["in the base64 of id:secret", Buffer.from(`id:${SECRET}`).toString("base64")],
  ["in the base64 of something longer", Buffer.from(`abcd${SECRET}xyz`).toString("base64")],
])("what watches over secrets finds one %s", (_, form) => {
  expect(() => mustNotTell([SECRET], `before ${form} after`, "a test")).toThrow("a secret is told by a test");
});

test("and nothing where there is none", () => {
  expect(() => mustNotTell([SECRET, "", "short"], "short and sweet", "a test")).not.toThrow();
});

test("files are looked into, but for what the test put there", () => {
  const directory = mkdtempSync(join(tmpdir(), "secrets-"));
  const path = join(directory, "kept.json");
  writeFileSync(path, `{"token":"${SECRET}"}`);
  try {
    expect(() => mustNotKeep([SECRET], directory, new Set())).toThrow("the file kept.json");
    expect(() => mustNotKeep([SECRET], directory, new Set([path]))).not.toThrow();
  } finally {
    rmSync(directory, { recursive: true });
  }
});
