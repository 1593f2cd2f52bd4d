import { expect, test } from "@jest/globals";
import { expectNoSecretInFiles, expectNoSecretInText } from "./secrets.ts";
import { TemporaryDirectory } from "./temporary-directory.ts";

const SECRET = "a.unique+TOKEN/with=odd~characters";

test.each([
  ["that is not encoded", SECRET],
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

test("a secret in a file is detected, unless the path of the file is ignored", () => {
  using directory = new TemporaryDirectory();
  directory.write("secret.json", `{"token":"${SECRET}"}`);
  const ignoredPaths = new Set([directory.pathOf("secret.json")]);
  expect(() => expectNoSecretInFiles([SECRET], directory.path, new Set())).toThrow("the file secret.json");
  expect(() => expectNoSecretInFiles([SECRET], directory.path, ignoredPaths)).not.toThrow();
});
