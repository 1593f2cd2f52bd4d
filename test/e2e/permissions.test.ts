import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { sample } from "../scale.ts";
import { Program } from "../support/program.ts";
import { Sandbox } from "../support/sandbox.ts";

/** A command prefix that makes the modes of files apply to root as well. */
const LIMITED = process.getuid?.() === 0 ? "setpriv --bounding-set=-dac_override,-dac_read_search " : "";

const DALE = "contacts:\n  dale:\n    name: Dale\n    handles: [{ source: email, handle: dale@x.example }]\n";
const EVE = "contacts:\n  eve:\n    name:    Eve\n    handles: [{ source: email, handle: eve@x.example }]\n";
const CONTACTS = ["dale", "eve"].map((name) => ({ name, handles: [{ source: "email", handle: `${name}@x.example` }] }));

const NO_DIRECTORY = "Error: Cannot read the directory (EACCES)";
const NO_FILE = "Error: Cannot read the file (EACCES)";
const NO_CACHE = 'Warning: The cache in "contacts/.front-contacts" cannot be written (EACCES)';
const NO_RUNS = 'Error: "contacts/.front-contacts/runs" cannot be read (EACCES)';
const NO_RECORD = 'Error: "contacts/.front-contacts/runs" cannot be written (EACCES)';

/** The mode of a path, and a command with its exit code and a message on standard error. */
const CASES: [path: string, mode: string, command: string, code: number, err: string][] = [
  ["contacts/sub", "000", "validate", 1, NO_DIRECTORY],
  ["contacts/sub", "000", "plan", 1, NO_DIRECTORY],
  ["contacts/sub", "000", "apply --auto-approve", 1, NO_DIRECTORY],
  ["contacts/sub", "000", "import eve@x.example", 1, NO_DIRECTORY],
  ["contacts/sub", "000", "fmt --check", 1, NO_DIRECTORY],
  ["contacts/sub/b.yaml", "000", "plan", 1, NO_FILE],
  ["contacts/sub/b.yaml", "000", "import --update eve@x.example", 1, NO_FILE],
  ["contacts/sub/b.yaml", "444", "fmt", 1, 'Error: "contacts/sub/b.yaml" cannot be written (write-protected)'],
  ["contacts/sub", "555", "fmt", 1, 'Error: "contacts/sub/b.yaml" cannot be written (EACCES)'],
  [
    "contacts/sub",
    "555",
    "import --update eve@x.example",
    1,
    'Error: "contacts/sub/b.yaml" cannot be written (EACCES)',
  ],
  ["contacts", "555", "import grp_1@x.example", 1, 'Error: "contacts/imported.yaml" cannot be written (EACCES)'],
  ["contacts", "555", "import --update eve@x.example", 0, ""],
  ["contacts", "555", "plan", 0, NO_CACHE],
  ["contacts", "555", "apply --auto-approve", 1, NO_RECORD],
  ["contacts", "555", "apply --auto-approve --no-journal", 0, NO_CACHE],
  ["contacts/.front-contacts", "555", "plan", 0, NO_CACHE],
  ["contacts/.front-contacts", "000", "plan", 0, NO_CACHE],
  ["contacts/.front-contacts", "000", "history", 1, NO_RUNS],
  ["contacts/.front-contacts", "000", "undo --dry-run", 1, NO_RUNS],
  ["contacts/front.schema.json", "000", "validate", 1, NO_FILE],
  ["contacts/.front-contacts", "555", "apply --auto-approve", 1, NO_RECORD],
  [".", "555", "plan --out plan.json", 1, 'Error: "plan.json" cannot be written (EACCES)'],
  [".", "555", "snapshot company.json", 1, 'Error: "company.json" cannot be written (EACCES)'],
  [".", "555", "init", 1, 'Error: ".gitignore" cannot be written (EACCES)'],
];

test.each(sample(CASES, 6))(
  "with %s in mode %s, %s exits with %i and prints the reason",
  async (path, mode, command, code, err) => {
    await using sandbox = await Sandbox.withFront({ seed: { contacts: CONTACTS } });
    sandbox.write("contacts/a.yaml", DALE).write("contacts/sub/b.yaml", EVE);
    const target = join(sandbox.directory, path);
    if (path.endsWith(".front-contacts")) mkdirSync(target);
    if (path.endsWith(".json")) sandbox.write(path, "{}\n");
    chmodSync(target, mode);
    const result = await Program.inShell(`${LIMITED}front-contacts ${command}`, sandbox).exited;
    chmodSync(target, 0o755);
    expect(result).toMatchObject({ code, err: expect.stringContaining(err) });
    expect(result.err.split(NO_CACHE).length).toBeLessThanOrEqual(2);
    const hasWritten = sandbox.front.requests.some(({ method }) => method !== "GET");
    expect(hasWritten).toBe(code === 0 && command.startsWith("apply"));
  },
);
