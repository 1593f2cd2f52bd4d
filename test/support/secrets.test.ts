import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { expectNoSecretInFiles, expectNoSecretInText } from "./secrets.ts";

const SECRET = "a.unique+TOKEN/with=odd~characters";

test.each([
  ["unchanged", SECRET],
  ["in a URL", encodeURIComponent(SECRET)],
  ["in a URL within a URL", encodeURIComponent(encodeURIComponent(SECRET))],
  ["in base64", Buffer.from(SECRET).toString("base64")],
  ["in hex", Buffer.from(SECRET).toString("hex")],
  ["in upper case", SECRET.toUpperCase()],
  ["in the base64 of id:secret", Buffer.from(`id:${SECRET}`).toString("base64")],
  ["in the base64 of a longer string", Buffer.from(`abcd${SECRET}xyz`).toString("base64")],
])("a secret %s is detected", (_, form) => {
  expect(() => expectNoSecretInText([SECRET], `before ${form} after`, "a test")).toThrow("a secret is in a test");
});

test("a string without secrets is accepted, and short secrets are ignored", () => {
  expect(() => expectNoSecretInText([SECRET, "", "short"], "short and sweet", "a test")).not.toThrow();
});

test("a secret in a file is detected, unless the test wrote the file", () => {
  const directory = mkdtempSync(join(tmpdir(), "secrets-"));
  const path = join(directory, "secret.json");
  writeFileSync(path, `{"token":"${SECRET}"}`);
  try {
    expect(() => expectNoSecretInFiles([SECRET], directory, new Set())).toThrow("the file secret.json");
    expect(() => expectNoSecretInFiles([SECRET], directory, new Set([path]))).not.toThrow();
  } finally {
    rmSync(directory, { recursive: true });
  }
});
