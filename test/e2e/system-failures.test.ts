import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { LoggedRequest } from "../../src/emulator/index.ts";
import { onlyInFull, sample } from "../scale.ts";
import { FOUR_CONTACTS } from "../support/four-contacts.ts";
import { MAIN, type ProcessResult, Program } from "../support/program.ts";
import { Sandbox } from "../support/sandbox.ts";

const APPLY = "apply --auto-approve --parallelism 1";
const JOURNAL = "contacts/.front-contacts/journal.jsonl";

function inShell(sandbox: Sandbox, script: string): Promise<ProcessResult> {
  return Program.inShell(script, sandbox).exited;
}

const READERS: [reader: string, script: string][] = [
  ["head, which exits after a line", `front-contacts ${APPLY} | head -1; exit \${PIPESTATUS[0]}`],
  ["no process", `front-contacts ${APPLY} >&-`],
];

// A quick run tests this only with an apply without errors, below.
onlyInFull(test.each(READERS))(
  "an apply with a failed operation performs the others and prints its summary if its output is read by %s",
  async (_, script) => {
    await using sandbox = (await Sandbox.withFront()).write("contacts/all.yaml", FOUR_CONTACTS);
    sandbox.front.faults = [{ method: "POST", path: "/contacts", nth: 2, kind: "status", status: 400 }];
    const { code, err } = await inShell(sandbox, script);
    expect(await sandbox.list("/contacts")).toHaveLength(3);
    expect(err).toContain("Operations: 3 applied, 1 failed, 0 unknown, 0 skipped.");
    expect(code).toBe(1);
  },
);

test("without package.json, the program reports the searched directories", async () => {
  await using sandbox = Sandbox.withoutFront();
  const cli = join(sandbox.directory, "dist/cli");
  cpSync(join(MAIN, ".."), cli, { recursive: true });
  const { status, stderr } = spawnSync(process.execPath, [join(cli, "main.js"), "--version"], {
    encoding: "utf8",
    timeout: 20_000,
  });
  const directories = `${sandbox.directory}/dist/ or ${sandbox.directory}/`;
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringContaining(
      `Error: The front-contacts installation is incomplete: package.json was not found in ${directories}`,
    ),
  });
});

test("the stack trace of an unexpected error contains locations in the source files", async () => {
  await using sandbox = Sandbox.withoutFront().write("contacts/all.yaml", FOUR_CONTACTS);
  // Throws only for indented JSON, because modules compute hashes of JSON when they are loaded.
  const stringify = "(value, _, indent) => { if (indent) throw new Error('unexpected'); return original(value) }";
  const fault = `data:text/javascript,const original = JSON.stringify; JSON.stringify = ${stringify}`;
  const { status, stderr } = spawnSync(process.execPath, ["--import", fault, MAIN, "validate", "--json"], {
    cwd: sandbox.directory,
    encoding: "utf8",
    timeout: 20_000,
  });
  const frames = [...stderr.matchAll(/at .*\/(\w+\/[\w-]+\/[\w-]+\.ts:\d+:\d+)\)/g)].map(([, location]) => location);
  const line = readFileSync("cli/views/text.ts", "utf8")
    .split("\n")
    .findIndex((text) => text.includes("escapeJson("));
  expect({ status, frames }).toEqual({
    status: 1,
    frames: expect.arrayContaining([
      expect.stringMatching(`^cli/views/text.ts:${line + 1}:`),
      expect.stringMatching(/^cli\/commands\/validate\.ts:/),
    ]),
  });
});

test("SIGTERM while standard input is read ends the import with an error", async () => {
  await using sandbox = await Sandbox.withFront();
  // The input is larger than a pipe can buffer, so the program is already reading when the write ends.
  const writeInput = "head -c 200000 /dev/zero >&3";
  const script = `mkfifo in; front-contacts import --from-csv - < in & exec 3> in; ${writeInput}; kill -TERM $!; wait $!`;
  const { code, err } = await inShell(sandbox, script);
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("Interrupted while reading standard input") });
});

onlyInFull(test)("import rejects standard input of more than 256 MB", async () => {
  await using sandbox = await Sandbox.withFront();
  const { code, err } = await inShell(sandbox, "head -c 270000000 /dev/zero | front-contacts import --from-csv -");
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("Standard input is larger than 256 MB") });
});

onlyInFull(test)("a plan piped to head exits without an error", async () => {
  await using sandbox = (await Sandbox.withFront()).write("contacts/all.yaml", FOUR_CONTACTS);
  const { code, err } = await inShell(sandbox, `front-contacts plan | head -1; exit \${PIPESTATUS[0]}`);
  expect({ code, err }).toEqual({ code: 0, err: "" });
});

test("an apply without errors prints its summary to standard error if standard output is closed", async () => {
  await using sandbox = await Sandbox.withFront();
  sandbox.write("contacts/all.yaml", FOUR_CONTACTS);
  const { code, err } = await inShell(sandbox, `front-contacts ${APPLY} | head -1; exit \${PIPESTATUS[0]}`);
  expect(code).toBe(0);
  expect(await sandbox.list("/contacts")).toHaveLength(4);
  expect(err).toContain("Apply complete! Resources: 4 added, 0 changed, 0 destroyed.");
});

const FULL_DISK: [output: string, script: string, code: number, message: string][] = [
  ["output", `front-contacts ${APPLY} > /dev/full`, 1, "The output cannot be written (ENOSPC)"],
  [
    "trace",
    `front-contacts ${APPLY} --trace /dev/full`,
    0,
    '"/dev/full" can no longer be written (ENOSPC), so the trace is incomplete. Free some disk space',
  ],
];

test.each(sample(FULL_DISK, 2))(
  "an apply whose %s is on a full disk completes and reports the full disk",
  async (_, script, code, message) => {
    await using sandbox = (await Sandbox.withFront()).write("contacts/all.yaml", FOUR_CONTACTS);
    const result = await inShell(sandbox, script);
    expect(result.err).toContain(message);
    expect(`${result.out}${result.err}`).toContain("Apply complete! Resources: 4 added, 0 changed, 0 destroyed.");
    expect(result.code).toBe(code);
    expect(await sandbox.list("/contacts")).toHaveLength(4);
  },
);

const UNWRITABLE: [command: string, message: string][] = [
  ["plan --out plan.json", '"plan.json" cannot be written (EFBIG)'],
  ["plan > /dev/full", "The output cannot be written (ENOSPC)"],
  ["plan --json > contacts/truncated", "The output cannot be written (EFBIG)"],
  ["plan --out /dev/full", '"/dev/full" is not a regular file'],
];

test.each(sample(UNWRITABLE, 4))("%s on a full disk fails and leaves no plan file", async (command, message) => {
  await using sandbox = (await Sandbox.withFront()).write("contacts/all.yaml", FOUR_CONTACTS);
  const { code, err } = await inShell(sandbox, `ulimit -f 1; front-contacts ${command}`);
  expect(code).toBe(1);
  expect(err).toContain(message);
  expect(sandbox.files(".")).toEqual(["contacts"]);
  expect(statSync("/dev/full").isCharacterDevice()).toBe(true);
});

test("init on a full disk leaves no partial file", async () => {
  await using sandbox = await Sandbox.withFront();
  const { code, err } = await inShell(sandbox, "ulimit -f 1; front-contacts init");
  expect(code).toBe(1);
  expect(err).toContain('"contacts/contacts.schema.json" cannot be written (EFBIG)');
  expect(sandbox.files("contacts")).toEqual([]);
});

test.each(sample(["node_modules", "a clone"], 2))(
  "plan reports a deleted working directory (program in %s)",
  async (location) => {
    await using sandbox = await Sandbox.withFront();
    let command = "front-contacts plan";
    if (location === "a clone") {
      for (const path of ["package.json", "cli"])
        cpSync(join(MAIN, "../..", path), join(sandbox.directory, "clone", path), { recursive: true });
      command = `"${process.execPath}" "${sandbox.directory}/clone/cli/main.js" plan`;
    }
    const result = await inShell(sandbox, `mkdir gone && cd gone && rmdir "$PWD" && ${command}`);
    expect(result).toMatchObject({ code: 1, out: "" });
    expect(result.err).toBe(
      "\nError: The working directory no longer exists\n\n  Change to an existing directory, then run the command again.\n",
    );
  },
);

test("an apply stops before an operation that it cannot record in the journal", async () => {
  await using sandbox = (await Sandbox.withFront()).write("contacts/all.yaml", FOUR_CONTACTS).write(JOURNAL, "");
  // The limit of 1 MB leaves space for about two lines of 250 bytes.
  truncateSync(join(sandbox.directory, JOURNAL), 1024 * 1024 - 600);
  const { code, err } = await inShell(sandbox, `ulimit -f 1024; front-contacts ${APPLY}`);
  expect(code).toBe(1);
  expect(err).toContain(`Error: "${JOURNAL}" can no longer be written (EFBIG), so no more operations were started`);
  expect(await sandbox.list("/contacts")).toHaveLength(1);
  expect(err).toContain("Operations: 1 applied, 0 failed, 0 unknown, 3 skipped.");
  await sandbox.succeed(`${APPLY} --no-journal`);
  expect(await sandbox.list("/contacts")).toHaveLength(4);
});

test("an apply changes nothing in Front if the journal cannot be opened", async () => {
  await using sandbox = await Sandbox.withFront();
  sandbox.write("contacts/all.yaml", FOUR_CONTACTS).write(`${JOURNAL}/in-its-place`, "");
  const err = await sandbox.fail(APPLY);
  expect(err).toContain(`Error: "${JOURNAL}" cannot be written (not a regular file)`);
  expect(await sandbox.list("/contacts")).toHaveLength(0);
});

/** Returns an emulator hook that delays requests to create contacts until `count` of them have arrived. */
function holdUntil(count: number) {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let waiting = 0;
  return async ({ method, path }: LoggedRequest) => {
    if (method !== "POST" || path !== "/contacts") return;
    waiting += 1;
    if (waiting >= count) open();
    await opened;
  };
}

test("two concurrent applies of the same configuration create every contact once", async () => {
  await using sandbox = await Sandbox.withFront({ onRequest: holdUntil(2) });
  sandbox.write("contacts/all.yaml", FOUR_CONTACTS);
  const results = await Promise.all([Program.start(APPLY, sandbox).exited, sandbox.run(APPLY)]);
  expect(await sandbox.list("/contacts")).toHaveLength(4);
  for (const { code, err } of results) if (code !== 0) expect(err).toContain("Apply incomplete.");
  await sandbox.succeed("plan --detailed-exitcode");
  const lines = sandbox.read(JOURNAL).trimEnd().split("\n");
  const entries = lines.map((line) => JSON.parse(line));
  expect(new Set(entries.map(({ run }) => run)).size).toBe(2);
  expect(entries.filter(({ event }) => event === "started").length).toBe(entries.length / 2);
});

test("two concurrent applies of different configurations preserve each other's changes", async () => {
  await using sandbox = await Sandbox.withFront({ onRequest: holdUntil(2) });
  const dale = "    handles: [{ source: email, handle: dale@fbi.example }]\n";
  sandbox.write("ours/all.yaml", `contacts:\n  dale:\n${dale}    custom_fields: { Job Title: Agent }\n`);
  sandbox.write("theirs/all.yaml", `contacts:\n  cooper:\n${dale}    custom_fields: { Location: Spokane }\n`);
  const commands = ["ours", "theirs"].map((directory) => `${APPLY} --contacts ${directory}`);
  await Promise.all(commands.map((command) => sandbox.run(command)));
  for (const command of commands) await sandbox.succeed(command);
  expect(await sandbox.list("/contacts")).toHaveLength(1);
  expect((await sandbox.get("/contacts/alt:email:dale%40fbi.example")).custom_fields).toEqual({
    "Job Title": "Agent",
    Location: "Spokane",
  });
});
