import { resolve } from "node:path";
import { expect, test } from "@jest/globals";
import { sample } from "../scale.ts";
import { Program } from "../support/program.ts";
import { Sandbox } from "../support/sandbox.ts";

const MOMENTS = ["half", "written", "replaced"] as const;

/** A command, the number of files that it writes, and a file that already exists. */
const IMPORTS: [command: string, writes: number, existingFile: string][] = [
  ["import --all", 1, "contacts/imported.yaml"],
  ["import --all --split", 3, "contacts/dale.yaml"],
  ["import --all --update", 2, "contacts/dale.yaml"],
];
const DALE = "contacts:\n  dale:\n    name: Dale\n    handles: [{ source: email, handle: dale@x.example }]\n";

const CASES = IMPORTS.flatMap(([command, writes, existingFile]) =>
  MOMENTS.flatMap((moment) =>
    Array.from({ length: writes }, (_, index) => [command, index + 1, moment, existingFile] as const),
  ),
);

async function createSandbox(existingFile: string): Promise<Sandbox> {
  const names = ["dale", "harry", "laura", "lucy"];
  const contacts = names.map((name) => ({
    name: `${name} P.`,
    handles: [{ source: "email", handle: `${name}@x.example` }],
  }));
  return (await Sandbox.withFront({ seed: { contacts } })).write(existingFile, DALE);
}

function textsOf(sandbox: Sandbox): Record<string, string> {
  const names = sandbox.files("contacts").filter((name) => name.endsWith(".yaml"));
  return Object.fromEntries(names.map((name) => [name, sandbox.read(`contacts/${name}`)]));
}

test.each(sample(CASES, 10))(
  "%s that is killed at write %i (%s) leaves complete files, and the next run completes the import",
  async (command, nth, moment, existingFile) => {
    await using undisturbed = await createSandbox(existingFile);
    const original = textsOf(undisturbed);
    await undisturbed.succeed(command);
    const expected = textsOf(undisturbed);

    await using sandbox = await createSandbox(existingFile);
    const preload = `NODE_OPTIONS=--import=${resolve("test/support/kill-in-write.js")} KILL_IN_WRITE="${nth} ${moment}"`;
    const { code } = await Program.inShell(`exec env ${preload} front-contacts ${command}`, sandbox).exited;
    expect({ code }).toEqual({ code: -1 });
    for (const [name, text] of Object.entries(textsOf(sandbox)))
      expect([original[name], expected[name]]).toContain(text);

    await sandbox.succeed(command);
    expect(sandbox.files("contacts").filter((name) => name.endsWith("-tmp"))).toEqual([]);
    expect(textsOf(sandbox)).toEqual(expected);
  },
);
