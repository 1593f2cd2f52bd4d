import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { LoggedRequest } from "../../src/emulator/index.ts";
import { Outside } from "../support/test-environment.ts";

const FILE = "contacts/imported.yaml";
const NEXT = "contacts/imported-2.yaml";
const ADA = `contacts:
  ada:
    name: Ad
    handles: [{ source: email, handle: ada@x.example }]
`;

/** Starts a Front with two contacts and edits files while they are listed. */
async function edited(edit: (outside: Outside) => void): Promise<Outside> {
  let hook = () => {};
  const onRequest = async ({ method, path }: LoggedRequest) => {
    if (method === "GET" && path.startsWith("/contacts")) hook();
  };
  const outside = await Outside.withFront({ onRequest });
  for (const name of ["Ada", "Bo"]) {
    const handles = [{ source: "email", handle: `${name.toLowerCase()}@x.example` }];
    await outside.front.asTeammate("POST", "/contacts", { name, handles });
  }
  hook = () => edit(outside);
  return outside;
}

function read(outside: Outside, path = FILE): string {
  return readFileSync(join(outside.directory, path), "utf8");
}

function write(outside: Outside, text: string): void {
  writeFileSync(join(outside.directory, FILE), text);
}

const CHANGED = "contacts/imported.yaml changed during the import";

test.each([
  ["import --all", `  ${CHANGED}`],
  ["import --all --update", `  ada: ${CHANGED}`],
  ["import ada@x.example --update", `  ada: ${CHANGED}`],
])("%s keeps edits made while it runs", async (words, says) => {
  const mine = `${ADA}    description: Mine.\n`;
  await using outside = await edited((each) => write(each, mine));
  outside.write(FILE, ADA);
  const { code, err } = await outside.run(words);
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining(says) });
  expect(read(outside)).toBe(mine);
  if (words.includes("--all")) expect(read(outside, NEXT)).toContain("  bo:\n    name: Bo\n");
  expect(await outside.run("validate")).toMatchObject({ code: 0 });
});

test("does not replace a file that is created while it runs", async () => {
  await using outside = await edited((each) => each.write(FILE, "# mine\n"));
  expect((await outside.run("import --all")).out).toContain(`Wrote 2 contacts to ${NEXT}.`);
  expect(read(outside)).toBe("# mine\n");
});

test("keeps a byte order mark and CRLF when entries are added and updated", async () => {
  const windows = (text: string) => `\uFEFF${text.replaceAll("\n", "\r\n")}`;
  await using outside = await edited(() => {});
  outside.write(FILE, windows(ADA));
  expect(await outside.run("import --all --update")).toMatchObject({ code: 0, err: "" });
  const bo = "\n  bo:\n    name: Bo\n    handles:\n      - { source: email, handle: bo@x.example }\n";
  expect(read(outside)).toBe(windows(ADA.replace("Ad\n", "Ada\n") + bo));
});
