import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Emulator } from "../../src/emulator/index.ts";
import { SCALE } from "../scale.ts";
import { buildProgram } from "../support/build-program.ts";
import { startEmulator } from "../support/emulator.ts";
import { runProgram } from "../support/run-program.ts";
import { type Command, runBash, type ShellResult } from "../support/shell.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

/** A command block of a document: either the reason to skip it, or its directory and expected output. */
type Block =
  | { readonly starts: string; readonly skipped: string }
  | {
      readonly starts: string;
      readonly in: string;
      /** Strings that the output contains in this order. */
      readonly prints: readonly string[];
      /** True to skip the block in a quick run, because the block starts processes that load the program. */
      readonly onlyInFull?: true;
    };

/** Every command block, in the order of the document. Each document has a directory, and `in` is relative to it. */
const DOCUMENTS: Readonly<Record<string, readonly Block[]>> = {
  "README.md": [
    { starts: "npm start", skipped: "builds the clone; .ci/run runs these commands" },
    { starts: "npm ci && npm link", skipped: "installs packages from the registry, and adds a global command" },
    {
      starts: "npm install --save-dev",
      skipped: "installs packages from the registry; .ci/check-readme.js tests this",
    },
    {
      starts: "export FRONT_API_TOKEN=…",
      in: "key-accounts",
      prints: [
        "Rate limit",
        "Created contacts/settings.yaml",
        "Wrote 1 contact to contacts/imported.yaml.",
        "No changes.",
      ],
    },
    {
      starts: "front-contacts validate",
      in: "repository",
      prints: [
        "Success! 10 contacts are valid.",
        "Plan: 13 to add, 0 to change, 0 to destroy.",
        "Apply complete! Resources: 13 added, 0 changed, 0 destroyed.",
      ],
    },
    {
      starts: "front-contacts emulator -- front-contacts plan",
      in: "repository",
      onlyInFull: true,
      prints: ["Plan: 13 to add, 0 to change, 0 to destroy."],
    },
  ],
  "docs/guide.md": [
    {
      starts: "mkdir try && cd try",
      in: ".",
      onlyInFull: true,
      prints: ["Created contacts/settings.yaml", "No changes."],
    },
    {
      starts: "cat > contacts/dale.yaml",
      in: "try",
      onlyInFull: true,
      prints: [
        "Plan: 1 to add, 0 to change, 0 to destroy.",
        "Apply complete! Resources: 1 added, 0 changed, 0 destroyed.",
        "No changes.",
      ],
    },
    {
      starts: "git init suppliers && cd suppliers",
      in: ".",
      prints: [
        "cmp_tp1",
        "Created .github/workflows/contacts.yml",
        "Wrote contacts/front.schema.json",
        "Wrote 2 contacts to 2 files.",
        "No changes.",
        "Import our suppliers",
      ],
    },
    {
      starts: "export FRONT_API_TOKEN=…",
      in: "key-accounts",
      prints: [
        "Rate limit",
        "Created contacts/settings.yaml",
        "Wrote contacts/front.schema.json",
        "# contacts/imported.yaml",
        "Would write 1 contact to contacts/imported.yaml.",
        "Wrote 1 contact to contacts/key-accounts.yaml.",
        "No changes.",
      ],
    },
    { starts: "front-contacts plan --base HEAD", in: "suppliers", prints: ["No changes.", "Nothing to update."] },
  ],
};

const SEED = {
  lists: [{ name: "Suppliers" }, { name: "Key accounts" }],
  contacts: [
    { name: "Packard Mill", handles: ["email:office@packard.example"], lists: ["Suppliers"] },
    { name: "Horne's", handles: ["email:ben@horne.example"], lists: ["Suppliers"] },
    { name: "Great Northern", handles: ["email:desk@northern.example"], lists: ["Key accounts"] },
  ],
};

const home = new TemporaryDirectory();
let front: Emulator;

beforeAll(async () => {
  if (SCALE.allBlocks) {
    const script = `#!/usr/bin/env bash
for last; do :; done
[ "$last" = apply ] && set -- "$@" --auto-approve
exec "${process.execPath}" "${buildProgram()}" "$@"
`;
    chmodSync(home.write("bin/front-contacts", script).pathOf("bin/front-contacts"), 0o755);
  }
  for (const document of Object.keys(DOCUMENTS))
    mkdirSync(home.pathOf(`${document}/key-accounts`), { recursive: true });
  cpSync("contacts", home.pathOf("README.md/repository/contacts"), { recursive: true });
  front = await startEmulator({ rate: Number.POSITIVE_INFINITY, seed: SEED });
});

afterAll(async () => {
  home[Symbol.dispose]();
  await front.close();
});

function blocksOf(document: string): string[] {
  return [...readFileSync(document, "utf8").matchAll(/^```(?:sh|console)\n([\s\S]*?)^```$/gm)].map(
    ([, block = ""]) => block,
  );
}

/** Runs `front-contacts`. Adds `--auto-approve` to an apply, which cannot ask for approval without a terminal. */
const frontContacts: Command = ({ args, ...call }) =>
  runProgram({ ...call, args: args.at(-1) === "apply" ? [...args, "--auto-approve"] : args });

/** Runs a block as if it were pasted into a shell. Replaces the placeholder for the token with the emulator's token. */
async function paste(
  block: string,
  { directory, withToken }: { readonly directory: string; readonly withToken: boolean },
): Promise<ShellResult> {
  const commands = block.replaceAll("FRONT_API_TOKEN=…", () => `FRONT_API_TOKEN=${front.token}`);
  const env = {
    PATH: [home.pathOf("bin"), process.env["PATH"]].join(delimiter),
    HOME: home.path,
    FRONT_API_URL: front.url,
    ...(withToken ? { FRONT_API_TOKEN: front.token } : {}),
    GIT_AUTHOR_NAME: "Ann",
    GIT_AUTHOR_EMAIL: "ann@x.example",
    GIT_COMMITTER_NAME: "Ann",
    GIT_COMMITTER_EMAIL: "ann@x.example",
  };
  // In a full run, `front-contacts` is a program on the PATH, so that `emulator -- front-contacts` can start it too.
  const functions = SCALE.allBlocks ? {} : { "front-contacts": frontContacts };
  return await runBash(`exec 2>&1\n${commands}`, { cwd: directory, env, commands: functions });
}

/** Returns the texts that the output does not contain, or does not contain in this order. */
function missingFrom(output: string, texts: readonly string[]): string[] {
  let at = 0;
  return texts.filter((expected) => {
    const position = output.indexOf(expected, at);
    if (position !== -1) at = position + expected.length;
    return position === -1;
  });
}

test.each(Object.keys(DOCUMENTS))("`DOCUMENTS` contains every command block of %s", (document) => {
  const starts = (DOCUMENTS[document] ?? []).map((block) => block.starts);
  const blocks = blocksOf(document);
  expect(blocks.map((block, index) => (block.startsWith(starts[index] ?? "\n") ? starts[index] : block))).toEqual(
    starts,
  );
});

const cases = Object.entries(DOCUMENTS).flatMap(([document, blocks]) =>
  blocks.flatMap((block, index) =>
    "skipped" in block || (block.onlyInFull && !SCALE.allBlocks) ? [] : [{ document, index, ...block }],
  ),
);

test.each(cases)(
  "in $document, the commands from `$starts` print the expected output",
  async ({ document, index, in: directory, prints }) => {
    const blocks = blocksOf(document);
    const withToken = blocks.slice(0, index).some((block) => block.includes("export FRONT_API_TOKEN"));
    const { code, output } = await paste(blocks[index] ?? "", {
      directory: home.pathOf(`${document}/${directory}`),
      withToken,
    });
    expect({ missing: missingFrom(output, prints), code, output }).toEqual({ missing: [], code: 0, output });
  },
);

test("the guide commits the configuration and the workflow, but no cache and no token", () => {
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: home.pathOf("docs/guide.md/suppliers"), encoding: "utf8" });
  expect(git("ls-files").trim().split("\n")).toEqual([
    ".github/workflows/contacts.yml",
    ".gitignore",
    "contacts/contacts.schema.json",
    "contacts/front.schema.json",
    "contacts/hornes.yaml",
    "contacts/packard-mill.yaml",
    "contacts/settings.yaml",
  ]);
  expect(git("status", "--porcelain")).toBe("");
  expect(git("show", "HEAD")).not.toContain(front.token);
});
