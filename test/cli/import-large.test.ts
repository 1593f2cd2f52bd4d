import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { Seed } from "../../src/emulator/index.ts";
import { FULL_PAGES } from "../support/emulator.ts";
import { Sandbox } from "../support/sandbox.ts";

function companyOf(count: number): Seed {
  const contacts = Array.from({ length: count }, (_, index) => ({
    name: `Number ${index}`,
    handles: [`email:n${index}@x.example`],
  }));
  return { contacts };
}

const FIRST_ENTRY = `  number-0:
    name: Number 0
    handles:
      - { source: email, handle: n0@x.example }
`;

test("import --dry-run prints a sample of complete entries, and the number of contacts", async () => {
  await using sandbox = await Sandbox.withFront({ seed: companyOf(250) });
  const { code, out, err } = await sandbox.run("import --all --dry-run");
  expect(code).toBe(0);
  expect(out).toMatch(/^# contacts\/imported\.yaml\ncontacts:\n {2}number-0:\n/);
  expect(out).toMatch(/\n {2}number-10:\n.*\n.*\n.*handle: n10@x\.example }\n$/);
  expect(err).toBe(
    "This is a sample; --dry-run=full prints 1,196 more lines.\nWould write 250 contacts to contacts/imported.yaml.\n",
  );
  expect(sandbox.exists("contacts")).toBe(false);
});

test("import --dry-run=full prints every entry", async () => {
  await using sandbox = await Sandbox.withFront({ seed: companyOf(250) });
  const { out, err } = await sandbox.run("import --all --dry-run=full");
  expect(out).toContain(FIRST_ENTRY);
  expect(out.match(/^ {2}number-\d+:$/gm)).toHaveLength(250);
  expect(err).toBe("Would write 250 contacts to contacts/imported.yaml.\n");
});

test("a dry run of a split import shows each path once, and only paths that the import writes", async () => {
  const { contacts = [] } = companyOf(250);
  // The key of A 2 is a-2, and the file a.yaml exists when A is imported.
  const people = [
    { name: "A 2", handles: ["email:a2@x.example"] },
    ...contacts,
    { name: "A", handles: ["email:a@x.example"] },
  ];
  await using sandbox = await Sandbox.withFront({ seed: { contacts: people } });
  sandbox.write("contacts/a.yaml", "contacts: { other: { handles: [{ source: email, handle: o@x.example }] } }\n");
  const out = await sandbox.succeed("import --all --split --dry-run=full");
  const paths = [...out.matchAll(/^# (contacts\/.*)$/gm)].map(([, path = ""]) => path);
  await sandbox.succeed("import --all --split");
  expect(new Set(paths).size).toBe(paths.length);
  expect(paths.filter((path) => !sandbox.exists(path))).toEqual([]);
  expect(paths).toContain("contacts/a-3.yaml");
});

test("import --split --dry-run prints the first files", async () => {
  await using sandbox = await Sandbox.withFront({ seed: companyOf(250) });
  const { out, err } = await sandbox.run("import --all --split --dry-run");
  expect(out).toContain(`# contacts/number-0.yaml\ncontacts:\n${FIRST_ENTRY}`);
  expect(out).not.toContain("number-100");
  expect(err).toContain("Would write 250 contacts to 250 files.\n");
});

test("import --split writes up to 1,000 files per directory and the others to subdirectories, which plan also reads", async () => {
  await using sandbox = await Sandbox.withFront({ seed: companyOf(1050) });
  await sandbox.run("import --all --split");
  const files = (path: string) => readdirSync(join(sandbox.directory, path)).filter((name) => name.endsWith(".yaml"));
  expect(files("contacts")).toHaveLength(1000);
  expect(files("contacts/part-2")).toHaveLength(50);
  expect(await sandbox.succeed("plan")).toContain("No changes.");
  expect(await sandbox.succeed("import --all --split")).toContain("No new contacts.\n1,050 contacts");
});

test("an interrupted import prints one line, and the same command continues the import", async () => {
  const interrupt = new AbortController();
  await using sandbox = await Sandbox.withFront({
    seed: companyOf(350),
    behavior: FULL_PAGES,
    onResponse: ({ path, query }) => path === "/contacts" && query.includes("page_token") && interrupt.abort(),
  });
  const { code, out, err } = await sandbox.run("import --all --split", { signal: interrupt.signal });
  expect({ code, out }).toEqual({ code: 1, out: "" });
  const [, count = ""] =
    /^Import interrupted; (\d+) contacts were written\. Run the same command again to import the rest\.\n$/.exec(err) ??
    [];
  expect(readdirSync(join(sandbox.directory, "contacts"))).toHaveLength(Number(count));
  expect(await sandbox.succeed("import --all --split")).toContain(`Wrote ${350 - Number(count)} contacts`);
  expect(await sandbox.succeed("plan")).toContain("No changes.");
});
