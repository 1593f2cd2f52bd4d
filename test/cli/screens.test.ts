import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { widthOf } from "../../cli/views/wrap.ts";
import { Sandbox } from "../support/sandbox.ts";

const CONTACTS = `contacts:
  tommy-hill:
    name: Tommy "Hawk" Hill
    description: Deputy sheriff of Twin Peaks, who can follow any track through the woods, at night as well.
    handles:
      - { source: email, handle: hawk@sheriff.example }
      - { source: phone, handle: "+13605550102" }
    links: [https://twinpeaks.fandom.com/wiki/Tommy_%22Hawk%22_Hill]
    avatar: hawk.png
`;

const INVALID_CONTACTS = `contacts:
  tommy-hill:
    nmae: Tommy "Hawk" Hill, whose name is under a key that does not exist, in a line that is rather long
    handles: [hawk@sheriff.example]
`;

async function screenOf(
  command: string,
  columns: number | undefined,
  contacts = CONTACTS,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  await using sandbox = (await Sandbox.withFront()).write("contacts/a.yaml", contacts);
  sandbox.write("contacts/hawk.png", readFileSync("contacts/avatars/tommy-hill.png"));
  const { out, err } = await sandbox.run(command, {
    env: { NO_COLOR: "1", ...env },
    ...(columns === undefined ? {} : { columns }),
  });
  return `${out}\n${err}`;
}

const SCREENS: readonly (readonly [name: string, command: string, contacts?: string])[] = [
  ["a plan", "plan"],
  ["an apply", "apply --auto-approve"],
  ["an error in a file", "validate", INVALID_CONTACTS],
  ["a usage error", "plan -refresh=false"],
  ["the error for an unknown command", "destroy"],
];

/** Lines that other programs parse. */
const PARSED_LINE = /^(Plan: |Apply complete!)/;

const wordsOf = (screen: string) => screen.split(/\s+/).filter((word) => !/^[#+~|^]*$/.test(word));

for (const [name, command, contacts] of SCREENS) {
  test.each([40, 80, 120])(`${name} fits in %i columns`, async (columns) => {
    const lines = (await screenOf(command, columns, contacts)).split("\n");
    const tooWide = lines.filter((line) => widthOf(line) > columns && !PARSED_LINE.test(line));
    expect(tooWide.filter((line) => wordsOf(line).length > 1)).toEqual([]);
    expect(lines.filter((line) => / $/.test(line))).toEqual([]);
  });
}

test.each(["plan", "plan -refresh=false", "destroy"])("the output of %s does not break words", async (command) => {
  // In automation, the output contains the same words with and without a terminal.
  const wordsIn = async (columns?: number) =>
    wordsOf(await screenOf(command, columns, CONTACTS, { TF_IN_AUTOMATION: "1" }));
  const unwrappedWords = await wordsIn();
  for (const columns of [40, 80, 120]) expect(await wordsIn(columns)).toEqual(unwrappedWords);
});
