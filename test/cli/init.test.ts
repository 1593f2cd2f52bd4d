import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { temporaryPath } from "../../src/fs/atomic-file.ts";
import { formatYaml } from "../../src/yaml/format.ts";
import { Editor } from "../support/editor.ts";
import { Outside } from "../support/test-environment.ts";

function text({ directory }: Outside, path: string): string {
  return readFileSync(join(directory, path), "utf8");
}

/** Every file with its text. */
function everything({ directory }: Outside): Record<string, string> {
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    paths.map(({ parentPath, name }) => [
      join(parentPath, name).slice(directory.length + 1),
      readFileSync(join(parentPath, name), "utf8"),
    ]),
  );
}

test("an empty directory gets an example, a schema and what git is to leave out", async () => {
  await using outside = Outside.withoutFront();
  const { code, out, err } = await outside.run("init");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toContain(
    "Created contacts/contacts.schema.json\nCreated contacts/example.yaml\nCreated .gitignore\n\nNext:\n",
  );
  expect(Object.keys(everything(outside)).sort()).toEqual([
    ".gitignore",
    "contacts/contacts.schema.json",
    "contacts/example.yaml",
  ]);
  expect(text(outside, ".gitignore")).toMatch(
    /\n\/contacts\/\.front-contacts\/\n\/plan\.json\n\/plan\.md\n\.\*\.front-contacts-tmp\n$/,
  );
});

test("the example is without a mistake, formatted, and known to editors", async () => {
  await using outside = Outside.withoutFront();
  await outside.run("init");
  expect(await outside.run("validate")).toMatchObject({ code: 0 });
  expect(await outside.run("fmt --check")).toMatchObject({ code: 0 });
  const example = text(outside, "contacts/example.yaml");
  const editor = new Editor(join(outside.directory, "contacts/example.yaml"), example);
  expect(await editor.marks()).toEqual([]);
  expect(await editor.hoverOver("handles:")).toContain("which also identify it in Front");
});

test("what the example has in comments is right as well", async () => {
  await using outside = Outside.withoutFront();
  await outside.run("init");
  const whole = text(outside, "contacts/example.yaml").replaceAll(
    /^( *)# (?=(lists|custom_fields|settings| {2}[JcT-]).*$)/gm,
    "$1",
  );
  expect(whole).toContain("\nsettings:\n");
  expect(formatYaml(whole)).toContain("Job Title: FBI Special Agent");
  expect(await outside.write("contacts/example.yaml", whole).run("validate")).toMatchObject({ code: 0 });
});

test("what is to be typed next is one word to a shell, whatever the directory is called", async () => {
  await using outside = Outside.withoutFront();
  const { out } = await outside.run("init --contacts $(id)`x`'s");
  expect(out).toContain(`  front-contacts validate --contacts '$(id)\`x\`'\\''s'  `);
  expect(out.split("\n").filter((line) => line.includes("  check the configuration, offline"))).toHaveLength(1);
});

test.each([
  ["the directory for contacts", "contacts", "init"],
  ["a directory above it", "crm", "init --contacts crm/people"],
  ["the directory for workflows", ".github", "init --ci github"],
])("nothing is written through a link in place of %s", async (_, link, words) => {
  await using outside = Outside.withoutFront();
  mkdirSync(join(outside.directory, "elsewhere"));
  symlinkSync("elsewhere", join(outside.directory, link));
  const { code, err } = await outside.run(words);
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringContaining(`Error: ${link} is a symbolic link, which init does not follow`),
  });
  expect(readdirSync(join(outside.directory, "elsewhere"))).toEqual([]);
});

test("a .gitignore that is a link is not followed, and its lines are told", async () => {
  await using outside = Outside.withoutFront();
  outside.write("real", "node_modules\n");
  symlinkSync("real", join(outside.directory, ".gitignore"));
  const { code, err } = await outside.run("init --contacts .");
  expect(code).toBe(1);
  expect(err).toMatch(
    /\.gitignore is a symbolic link, which init does not follow\s+Add these lines to .*\/\.front-contacts\//,
  );
  expect(text(outside, "real")).toBe("node_modules\n");
});

test("what it makes plans as one new contact", async () => {
  await using outside = await Outside.withFront();
  await outside.run("init");
  expect((await outside.run("plan")).out).toContain("Plan: 1 to add, 0 to change, 0 to destroy.");
});

test.each(["init", "init --ci github", "init --ci gitlab"])("%s twice changes nothing more", async (words) => {
  await using outside = Outside.withoutFront();
  await outside.run(words);
  const before = everything(outside);
  const { code, out } = await outside.run(words);
  expect(code).toBe(0);
  expect(out).toMatch(/^(Unchanged: .*\n)+\nAlready initialized\.\n$/);
  expect(everything(outside)).toEqual(before);
});

test.each([
  ["github", ".github/workflows/contacts.yml"],
  ["gitlab", ".gitlab-ci.yml"],
])("--ci %s brings the workflow", async (ci, path) => {
  await using outside = Outside.withoutFront();
  const { code, out } = await outside.run(`init --ci ${ci}`);
  expect(code).toBe(0);
  expect(out).toContain(`Created ${path}\n`);
  expect(text(outside, path)).toBe(readFileSync(`docs/ci/${ci}.yml`, "utf8"));
});

test("the workflows are in the package", () => {
  const { files } = JSON.parse(readFileSync("package.json", "utf8")) as { files: string[] };
  expect(files).toContain("docs");
});

test("an unknown service is a mistake, and nothing is made", async () => {
  await using outside = Outside.withoutFront();
  const { code, err } = await outside.run("init --ci jenkins");
  expect(code).toBe(1);
  expect(err).toContain('"jenkins" is not a valid value for --ci');
  expect(everything(outside)).toEqual({});
});

test("nothing that is there is overwritten", async () => {
  await using outside = Outside.withoutFront();
  const there = {
    "contacts/mine.yaml": "lists: [A]\n",
    "contacts/contacts.schema.json": "{}",
    ".gitlab-ci.yml": "mine: {}\n",
  };
  for (const [path, content] of Object.entries(there)) outside.write(path, content);
  outside.write(".gitignore", "node_modules\r\nplan.json");
  const { out } = await outside.run("init --ci gitlab");
  for (const path of Object.keys(there)) expect(out).toContain(`Unchanged: ${path}\n`);
  expect(everything(outside)).toEqual({
    ...there,
    ".gitignore": "node_modules\r\nplan.json\r\n/contacts/.front-contacts/\r\n/plan.md\r\n.*.front-contacts-tmp\r\n",
  });
});

test("a link that leads nowhere is something that is there", async () => {
  await using outside = Outside.withoutFront();
  mkdirSync(join(outside.directory, "contacts"));
  symlinkSync("../../outside.json", join(outside.directory, "contacts/contacts.schema.json"));
  expect((await outside.run("init")).out).toContain("Unchanged: contacts/contacts.schema.json");
});

test("reports a file in place of the directory", async () => {
  await using outside = Outside.withoutFront();
  writeFileSync(join(outside.directory, "contacts"), "");
  const { code, err } = await outside.run("init");
  expect(code).toBe(1);
  expect(err).toMatch(/^Error: .*contacts.* cannot be created \((EEXIST|ENOTDIR)\)/);
});

test("git leaves out the cache, plans and drafts, and nothing else", async () => {
  await using outside = Outside.withoutFront();
  await outside.run("init --contacts crm/people");
  const git = (...words: string[]) => execFileSync("git", words, { cwd: outside.directory, encoding: "utf8" });
  git("init", "-q");
  outside.write("crm/people/.front-contacts/cache.json", "{}").write("plan.json", "{}");
  writeFileSync(temporaryPath(join(outside.directory, "crm/people/imported.yaml")), "");
  expect(git("status", "--porcelain", "-uall").trim().split("\n").sort()).toEqual([
    "?? .gitignore",
    "?? crm/people/contacts.schema.json",
    "?? crm/people/example.yaml",
  ]);
});
