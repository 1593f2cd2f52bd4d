import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "@jest/globals";
import { applyPlan, connectFront, decodePlan, planChanges, readRemoteState } from "../src/index.ts";
import { declare } from "./library-examples/declare-customers.ts";
import { declareTable } from "./library-examples/declare-table.ts";
import { findDrift } from "./library-examples/find-drift.ts";
import { synchronize } from "./library-examples/synchronize.ts";
import { Sandbox } from "./support/sandbox.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PAGE = readFileSync(join(ROOT, "docs/library.md"), "utf8");
const TOKEN = "t".repeat(40);

/** Runs the script in docs/library.md in this process, with an import of the sources instead of the package. */
async function runScript(sandbox: Sandbox, ...args: string[]): Promise<string> {
  const [, code = ""] = /^```js\n([\s\S]*?)^```$/m.exec(PAGE) ?? [];
  const file = `sync${args.join("")}.mjs`;
  sandbox.write(file, code.replace('"front-contacts"', JSON.stringify(join(ROOT, "src/index.ts"))));
  const { argv, exit } = process;
  const { log } = console;
  const lines: string[] = [];
  process.argv = [...argv.slice(0, 2), ...args];
  Object.assign(process.env, { FRONT_API_TOKEN: sandbox.front.token, FRONT_API_URL: sandbox.front.url });
  process.exit = (status) => {
    throw new Error(`the script exits with ${status}`);
  };
  console.log = (line: string) => lines.push(line);
  try {
    await import(pathToFileURL(join(sandbox.directory, file)).href);
    expect(process.exitCode ?? 0).toBe(0);
  } finally {
    process.argv = argv;
    process.exit = exit;
    console.log = log;
    process.exitCode = undefined;
    delete process.env["FRONT_API_TOKEN"];
    delete process.env["FRONT_API_URL"];
  }
  return lines.map((line) => `${line}\n`).join("");
}

test("the script in docs/library.md prints the plan, and applies it with --apply", async () => {
  await using sandbox = await Sandbox.withFront();
  const plan = `create front_contact.dale-cooper
  name: null -> "Dale Cooper"
  handles: null -> {"source":"email","handle":"dale.cooper@fbi.example"}
`;
  expect(await runScript(sandbox)).toBe(plan);
  expect(sandbox.writes).toEqual([]);
  expect(await runScript(sandbox, "--apply")).toBe(`${plan}create-contact front_contact.dale-cooper: applied\n`);
});

const DALE = `contacts:
  dale-cooper:
    name: Dale Cooper
    handles: [{ source: email, handle: dale.cooper@fbi.example }]
    custom_fields: { Job Title: FBI Special Agent }
`;

// `npm run check` compiles the files of the examples with the other files.
test("docs/library.md contains the files of the examples", () => {
  const files = readdirSync(join(ROOT, "test/library-examples"));
  const examples = files.map((file) => readFileSync(join(ROOT, "test/library-examples", file), "utf8"));
  const inPage = Array.from(PAGE.matchAll(/^```ts\n([\s\S]*?)^```$/gm), ([, code = ""]) => code);
  expect(inPage.toSorted()).toEqual(
    examples.map((code) => code.replace("../../src/index.ts", "front-contacts")).toSorted(),
  );
  expect(inPage).toHaveLength(4);
});

test("the first example applies a configuration, and the second then finds no drift", async () => {
  await using sandbox = await Sandbox.withFront();
  const directory = join(sandbox.write("contacts/dale.yaml", DALE).directory, "contacts");
  const { url, token } = sandbox.front;
  expect(await findDrift(directory, token, url)).toMatchObject({ changes: [{ action: "create" }] });
  expect(await synchronize(directory, { url, token })).toEqual({
    planned: { add: 1, change: 0, destroy: 0 },
    notApplied: [],
    differences: "",
  });
  expect(await findDrift(directory, token, url)).toMatchObject({ changes: [], diagnostics: [] });
  expect((await sandbox.get("/contacts/alt:email:dale.cooper%40fbi.example")).name).toBe("Dale Cooper");
});

test("the library returns or throws errors, and prints nothing to standard output", async () => {
  await using sandbox = await Sandbox.withFront();
  const directory = join(sandbox.write("contacts/dale.yaml", DALE.replace("name:", "nmae:")).directory, "contacts");
  const { url, token } = sandbox.front;
  const write = process.stdout.write;
  const output: unknown[] = [];
  process.stdout.write = (text: unknown) => output.push(text) > 0;
  try {
    await expect(synchronize(directory, { url, token })).rejects.toThrow(/nmae/);
    expect(await findDrift(directory, token, url)).toBe("The configuration is invalid.");
    sandbox.write("contacts/dale.yaml", DALE);
    expect(await findDrift(directory, "eyJhbGciOiJub25lIn0.e30.x", url)).toMatch(/Check FRONT_API_TOKEN/);
  } finally {
    process.stdout.write = write;
  }
  expect(output).toEqual([]);
});

test("the library reads pictures next to the configuration, and recognizes them in Front", async () => {
  await using sandbox = await Sandbox.withFront();
  sandbox.write("contacts/dale.png", readFileSync(join(ROOT, "contacts/avatars/dale-cooper.png")));
  sandbox.write("contacts/dale.yaml", DALE.replace("    name", "    avatar: dale.png\n    name"));
  const directory = join(sandbox.directory, "contacts");
  const { url, token } = sandbox.front;
  expect(await synchronize(directory, { url, token })).toMatchObject({ notApplied: [] });
  expect(await findDrift(directory, token, url)).toMatchObject({ changes: [] });
});

test("the third example declares contacts as objects", async () => {
  const { desired, diagnostics } = await declare([{ id: 7, name: "Ada", email: "ada@x.example" }]);
  expect(diagnostics).toEqual([]);
  expect(desired?.contacts).toMatchObject([{ key: "customer-7", name: "Ada" }]);
});

test("the fourth example declares a table, and its plan creates the rows and their account", async () => {
  const ada = { id: 7, name: "Ada", email: "ada@x.example" };
  const { desired, problems } = await declareTable([ada]);
  expect(problems).toEqual([]);
  assert(desired);
  await using sandbox = await Sandbox.withFront();
  const front = connectFront({ url: sandbox.front.url, token: sandbox.front.token });
  const { changes } = planChanges(desired, await readRemoteState(desired, front));
  const created = changes.map(({ address, action }) => [address, action]);
  expect(Object.fromEntries(created)).toEqual({
    "front_account.acme": "create",
    'front_contact.customers["7"]': "create",
  });
  expect((await declareTable([{ ...ada, email: "nobody" }])).problems).toEqual([
    expect.stringMatching(/^tables\.customers\.rows\[0\]\.email: .*nobody/),
  ]);
});

test("the error for too many changes has advice and a remedy", async () => {
  const people = Array.from({ length: 20 }, (_, id) => ({ id, name: "Ada", email: `ada-${id}@x.example` }));
  const { desired } = await declare(people);
  assert(desired);
  await using sandbox = await Sandbox.withFront();
  for (const { email } of people) {
    await sandbox.front.asTeammate("POST", "/contacts", { name: "Bob", handles: [{ source: "email", handle: email }] });
  }
  const { url, token } = sandbox.front;
  const { diagnostics } = planChanges(desired, await readRemoteState(desired, connectFront({ url, token })));
  expect(diagnostics).toEqual([
    {
      severity: "error",
      code: "too-many-changes",
      summary: "20 of 20 contacts would change; the limit is 10",
      advice:
        "Check that the plan is correct. If it is, set settings.guards in the configuration, or raise the limit for this run.",
      remedy: { kind: "allow-changes", count: 20 },
    },
  ]);
});

test.each([{ reserve: 20 }, { reserve: Number.NaN }, { parallelism: 0 }, { backoff: -1 }])(
  "connectFront rejects %p",
  (options) => {
    expect(() => connectFront({ token: TOKEN, url: "http://127.0.0.1:1", ...options })).toThrow(RangeError);
  },
);

test.each([0, -1, Number.NaN])("applyPlan rejects a parallelism of %d", async (parallelism) => {
  const front = connectFront({ token: TOKEN, url: "http://127.0.0.1:1" });
  await expect(applyPlan({ operations: [] }, front, { parallelism })).rejects.toThrow(RangeError);
});

test("applyPlan rejects a read-only client", async () => {
  const front = connectFront({ token: TOKEN, url: "http://127.0.0.1:1", readOnly: true });
  await expect(applyPlan({ operations: [] }, front)).rejects.toThrow(
    new TypeError("applyPlan requires a client that is not read-only"),
  );
});

test("connectFront rejects a token that is undefined", () => {
  expect(() => connectFront({ token: undefined as unknown as string })).toThrow("The API token is empty");
});

test("an empty key for saved plans is rejected, because anyone could sign with it", () => {
  for (const key of ["", " ".repeat(32)])
    expect(() => decodePlan("{}", "plan.json", { key })).toThrow("key must not be empty");
});
