import { chmodSync, lstatSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { LIMITS } from "../../src/model/limits.ts";
import { lowerLimits } from "../support/lower-limits.ts";
import { Sandbox } from "../support/sandbox.ts";

const FORMATTED = `contacts:
  dale-cooper:
    name: Dale Cooper
    handles:
      - { source: email, handle: dale.cooper@fbi.example }
`;
const UNFORMATTED = `contacts:
  harry:
    handles: [{handle: 'harry@sheriff.example', source: email}] # at work
    name: "Harry"
`;
const REFORMATTED = `contacts:
  harry:
    name: Harry
    handles: # at work
      - { source: email, handle: harry@sheriff.example }
`;
const INVALID = "contacts: {laura: {nmae: Laura, handles: [{source: email, handle: laura@palmer.example}]}}\n";

function withFiles(files: Readonly<Record<string, string>>): Sandbox {
  const sandbox = Sandbox.withoutFront();
  for (const [path, text] of Object.entries(files)) sandbox.write(path, text);
  return sandbox;
}

test("fmt formats files and prints their names", async () => {
  await using sandbox = withFiles({ "contacts/a.yaml": FORMATTED, "contacts/b.yaml": UNFORMATTED });
  expect(await sandbox.run("fmt")).toEqual({ code: 0, out: "contacts/b.yaml\n", err: "" });
  expect(sandbox.read("contacts/b.yaml")).toBe(REFORMATTED);
  expect(await sandbox.run("fmt")).toEqual({ code: 0, out: "", err: "" });
  expect(readdirSync(join(sandbox.directory, "contacts"))).toEqual(["a.yaml", "b.yaml"]);
});

test("fmt --check prints the names of unformatted files, writes nothing and exits with 3", async () => {
  await using sandbox = withFiles({ "contacts/a.yaml": FORMATTED, "contacts/b.yaml": UNFORMATTED });
  expect(await sandbox.run("fmt --check")).toEqual({ code: 3, out: "contacts/b.yaml\n", err: "" });
  expect(sandbox.read("contacts/b.yaml")).toBe(UNFORMATTED);
  await sandbox.run("fmt");
  expect(await sandbox.run("fmt -check")).toEqual({ code: 0, out: "", err: "" });
});

test("fmt --diff prints the changes", async () => {
  await using sandbox = withFiles({ "contacts/b.yaml": UNFORMATTED });
  const { code, out } = await sandbox.run("fmt --check --diff");
  expect(code).toBe(3);
  expect(out).toBe(`contacts/b.yaml
--- a/contacts/b.yaml
+++ b/contacts/b.yaml
@@ -1,4 +1,5 @@
 contacts:
   harry:
-    handles: [{handle: 'harry@sheriff.example', source: email}] # at work
-    name: "Harry"
+    name: Harry
+    handles: # at work
+      - { source: email, handle: harry@sheriff.example }
`);
  expect(sandbox.read("contacts/b.yaml")).toBe(UNFORMATTED);
});

test.each(["fmt", "fmt --check"])(
  "%s leaves a file with errors unchanged, reports them, and continues",
  async (command) => {
    await using sandbox = withFiles({ "contacts/a.yaml": INVALID, "contacts/b.yaml": UNFORMATTED });
    const { code, out, err } = await sandbox.run(command);
    expect({ code, out }).toEqual({ code: 1, out: "contacts/b.yaml\n" });
    expect(err).toContain('Unknown key "nmae". Did you mean "name"?\n\n  on contacts/a.yaml:1:');
    expect(sandbox.read("contacts/a.yaml")).toBe(INVALID);
  },
);

test("fmt formats files without contacts", async () => {
  await using sandbox = withFiles({ "contacts/lists.yaml": "lists: [A]\r\n" });
  expect(await sandbox.run("fmt")).toEqual({ code: 0, out: "contacts/lists.yaml\n", err: "" });
  expect(sandbox.read("contacts/lists.yaml")).toBe("lists:\n  - A\n");
});

test("fmt removes a byte order mark", async () => {
  await using sandbox = withFiles({ "contacts/a.yaml": `\uFEFF${FORMATTED}` });
  expect(await sandbox.run("fmt")).toEqual({ code: 0, out: "contacts/a.yaml\n", err: "" });
  expect(sandbox.read("contacts/a.yaml")).toBe(FORMATTED);
});

test("fmt preserves the permissions of a file", async () => {
  await using sandbox = withFiles({ "contacts/b.yaml": UNFORMATTED });
  const path = join(sandbox.directory, "contacts/b.yaml");
  chmodSync(path, 0o640);
  await sandbox.run("fmt");
  expect(statSync(path).mode & 0o777).toBe(0o640);
});

test("fmt preserves a symbolic link and formats its target", async () => {
  await using sandbox = withFiles({ "contacts/deep/b.yaml": UNFORMATTED });
  symlinkSync("deep/b.yaml", join(sandbox.directory, "contacts/link.yaml"));
  expect(await sandbox.run("fmt")).toEqual({ code: 0, out: "contacts/deep/b.yaml\n", err: "" });
  expect(lstatSync(join(sandbox.directory, "contacts/link.yaml")).isSymbolicLink()).toBe(true);
  expect(sandbox.read("contacts/link.yaml")).toBe(REFORMATTED);
});

test("fmt reports a link to a file outside the directory, and leaves that file unchanged", async () => {
  await using sandbox = withFiles({ "b.yaml": UNFORMATTED, "contacts/a.yaml": FORMATTED });
  symlinkSync("../b.yaml", join(sandbox.directory, "contacts/link.yaml"));
  expect(await sandbox.fail("fmt")).toContain("is a symbolic link to a path outside the contacts directory");
  expect(sandbox.read("b.yaml")).toBe(UNFORMATTED);
});

test("fmt advises running init if the contacts directory does not exist", async () => {
  await using sandbox = Sandbox.withoutFront();
  expect(await sandbox.fail("fmt")).toContain("front-contacts init");
  expect(sandbox.exists("contacts")).toBe(false);
});

/** Returns a file of the maximum size, which formatting would make larger by adding spaces inside braces. */
function largestFile(): string {
  const entry = (index: number, size: number) =>
    `  c${index}:\n    description: ${"x".repeat(size)}\n    handles:\n      - {source: email, handle: c${index}@x.example}\n`;
  let content = "contacts:\n";
  for (let index = 0; content.length < LIMITS.fileBytes - 10_000; index += 1) content += entry(index, 9000);
  return content + entry(9999, LIMITS.fileBytes - content.length - entry(9999, 0).length);
}

test("fmt does not change a file that formatting would make too large, and --check then exits with 3", async () => {
  using _lower = lowerLimits({ fileBytes: 256 * 1024 });
  await using sandbox = withFiles({ "contacts/a.yaml": largestFile() });
  const { code, err } = await sandbox.run("fmt");
  const limit = `${LIMITS.fileBytes / 1024 / 1024} MB`;
  expect([code, err]).toEqual([0, expect.stringContaining(`The formatted file would be larger than ${limit}`)]);
  expect(sandbox.read("contacts/a.yaml")).toBe(largestFile());
  await sandbox.succeed("validate");
  expect((await sandbox.run("fmt --check")).code).toBe(3);
});
