import { expect, test } from "@jest/globals";
import type { LoggedRequest } from "../../src/emulator/index.ts";
import { Sandbox } from "../support/sandbox.ts";

const FILE = "contacts/imported.yaml";
const NEXT = "contacts/imported-2.yaml";
const ADA = `contacts:
  ada:
    name: Ad
    handles: [{ source: email, handle: ada@x.example }]
`;

/** Starts an emulator with two contacts, and calls `edit` whenever contacts are read. */
async function withConcurrentEdit(edit: (sandbox: Sandbox) => void): Promise<Sandbox> {
  let hook = () => {};
  const onRequest = async ({ method, path }: LoggedRequest) => {
    if (method === "GET" && path.startsWith("/contacts")) hook();
  };
  const sandbox = await Sandbox.withFront({ onRequest });
  for (const name of ["Ada", "Bo"]) {
    const handles = [{ source: "email", handle: `${name.toLowerCase()}@x.example` }];
    await sandbox.front.asTeammate("POST", "/contacts", { name, handles });
  }
  hook = () => edit(sandbox);
  return sandbox;
}

const CHANGED = "contacts/imported.yaml changed during the import";

test.each([
  ["import --all", `  ${CHANGED}`],
  ["import --all --update", `  ${CHANGED}; import again to update ada`],
  ["import ada@x.example --update", `  ${CHANGED}; import again to update ada`],
])("%s does not overwrite edits that are made during the import", async (command, message) => {
  const editedText = `${ADA}    description: Mine.\n`;
  await using sandbox = await withConcurrentEdit((target) => target.write(FILE, editedText));
  sandbox.write(FILE, ADA);
  expect(await sandbox.run(command)).toMatchObject({ code: 0, err: expect.stringContaining(message) });
  expect(sandbox.read(FILE)).toBe(editedText);
  if (command.includes("--all")) expect(sandbox.read(NEXT)).toContain("  bo:\n    name: Bo\n");
  await sandbox.succeed("validate");
});

test("import does not replace a file that another program creates during the import", async () => {
  await using sandbox = await withConcurrentEdit((target) => target.write(FILE, "# mine\n"));
  expect(await sandbox.succeed("import --all")).toContain(`Wrote 2 contacts to ${NEXT}.`);
  expect(sandbox.read(FILE)).toBe("# mine\n");
});

test("an import that adds and updates entries preserves a byte order mark and CRLF", async () => {
  const withWindowsLineEndings = (text: string) => `\uFEFF${text.replaceAll("\n", "\r\n")}`;
  await using sandbox = await withConcurrentEdit(() => {});
  sandbox.write(FILE, withWindowsLineEndings(ADA));
  expect(await sandbox.run("import --all --update")).toMatchObject({ code: 0, err: "" });
  const bo = "\n  bo:\n    name: Bo\n    handles:\n      - { source: email, handle: bo@x.example }\n";
  expect(sandbox.read(FILE)).toBe(withWindowsLineEndings(ADA.replace("Ad\n", "Ada\n") + bo));
});
