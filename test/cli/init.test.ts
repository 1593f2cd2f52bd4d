import { execSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { temporaryPath } from "../../src/fs/atomic-file.ts";
import { formatYaml } from "../../src/yaml/format.ts";
import { Editor } from "../support/editor.ts";
import { git, initRepository } from "../support/git.ts";
import { Sandbox } from "../support/sandbox.ts";

function readFiles({ directory }: Sandbox): Record<string, string> {
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    paths.map(({ parentPath, name }) => [
      join(parentPath, name).slice(directory.length + 1),
      readFileSync(join(parentPath, name), "utf8"),
    ]),
  );
}

test("init creates settings, a schema and a .gitignore in an empty directory", async () => {
  await using sandbox = Sandbox.withoutFront();
  const { code, out, err } = await sandbox.run("init");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toContain(
    "Created contacts/contacts.schema.json\nCreated contacts/settings.yaml\nCreated .gitignore\n\nNext:\n",
  );
  expect(Object.keys(readFiles(sandbox)).sort()).toEqual([
    ".gitignore",
    "contacts/contacts.schema.json",
    "contacts/settings.yaml",
  ]);
  expect(sandbox.read(".gitignore")).toMatch(
    /\nnode_modules\/\n\/contacts\/\.front-contacts\/\n\/plan\.json\n\/plan\.md\n\/plan\.html\n\/apply\.html\n\/result\.html\n\/undo\.json\n\.\*\.front-contacts-tmp\n$/,
  );
});

test("init creates valid and formatted settings that contain the path of the schema for editors", async () => {
  await using sandbox = Sandbox.withoutFront();
  await sandbox.run("init");
  await sandbox.succeed("validate");
  await sandbox.succeed("fmt --check");
  const settings = sandbox.read("contacts/settings.yaml");
  const editor = new Editor(join(sandbox.directory, "contacts/settings.yaml"), settings);
  expect(await editor.diagnostics()).toEqual([]);
  expect(await editor.hoverOver("reserve:")).toContain("rate limit");
});

test("init creates a commented-out example that is valid when it is uncommented", async () => {
  await using sandbox = Sandbox.withoutFront();
  await sandbox.run("init");
  const [before = "", example = ""] = sandbox.read("contacts/settings.yaml").split(/^(?=# contacts:)/m);
  const uncommented = [
    before.replaceAll(/^ {2}# (?=company:|phone_country:)/gm, "  "),
    example.replaceAll(/^#(?! Lists) ?/gm, ""),
  ].join("");
  expect(uncommented).toContain("\nlists:\n");
  expect(uncommented).toContain("\n  phone_country: US\n");
  expect(formatYaml(uncommented)).toContain("Job Title: FBI Special Agent");
  const { code, out, err } = await sandbox.write("contacts/settings.yaml", uncommented).run("validate");
  expect({ code, out, err }).toMatchObject({ code: 0, out: expect.stringContaining("1 contact is valid"), err: "" });
});

test("init prints next steps that quote the name of the directory for the shell", async () => {
  await using sandbox = Sandbox.withoutFront();
  const out = await sandbox.succeed("init --contacts $(id)`x`'s");
  const [, steps = ""] = out.split("\nNext:\n");
  expect(steps.trimEnd().split("\n")).toEqual([
    expect.stringMatching(/^ {2}export FRONT_API_TOKEN=… /),
    expect.stringContaining(`  front-contacts schema --from-front --contacts '$(id)\`x\`'\\''s'  `),
    expect.stringContaining(`  front-contacts import --list NAME --contacts '$(id)\`x\`'\\''s'  `),
  ]);
});

test("init creates a configuration for the company of the token, and its plan has no changes", async () => {
  await using sandbox = await Sandbox.withFront();
  const out = await sandbox.succeed("init");
  expect(out).toContain(
    "This configuration can change only the company cmp_tp1.\nphone_country is not set, because the country cannot be detected from the phone numbers in Front. If your configuration has phone numbers without a country code, set settings.phone_country.\n",
  );
  expect(out).toMatch(/Next:\n {2}front-contacts schema --from-front .*\n.* import --list NAME .*\n.* plan .*\n$/);
  expect(sandbox.read("contacts/settings.yaml")).toContain("\n  company: cmp_tp1\n");
  expect(await sandbox.succeed("plan")).toContain("No changes.");
  expect(sandbox.writes).toEqual([]);
});

test("init does not advise steps that are already done", async () => {
  await using sandbox = await Sandbox.withFront();
  sandbox.write("contacts/a.yaml", "contacts:\n  ann: { handles: [{ source: email, handle: ann@x.example }] }\n");
  expect(await sandbox.succeed("init")).toMatch(/Next:\n {2}front-contacts schema --from-front .*\n.* plan .*\n$/);
  await sandbox.succeed("schema --from-front");
  expect(await sandbox.succeed("init --ci github")).toMatch(/Next:\n {2}front-contacts plan .*\n$/);
});

test("init prints the company to set if no existing file sets one", async () => {
  await using sandbox = await Sandbox.withFront();
  sandbox.write("contacts/settings.yaml", "settings: { reserve: 10% }\n");
  const advice = /\nsettings\.company is not set\. .* set it to cmp_tp1\.\n/;
  expect(await sandbox.succeed("init")).toMatch(advice);
  expect(await sandbox.succeed("init")).toMatch(new RegExp(`${advice.source}\nAlready initialized\\.\n$`));
  sandbox.write("contacts/settings.yaml", "settings: { company: cmp_tp1 }\n");
  expect(await sandbox.succeed("init")).not.toContain("settings.company");
  sandbox.write("contacts/settings.yaml", "settings: { company: cmp_other }\n");
  expect(await sandbox.succeed("init")).not.toContain("settings.company");
});

test("init succeeds without a warning if settings exist and Front rejects the token", async () => {
  await using sandbox = await Sandbox.withFront();
  sandbox.write("contacts/settings.yaml", "settings: { reserve: 10% }\n");
  const { code, out, err } = await sandbox.run("init", { env: { FRONT_API_TOKEN: "eyJhbGciOiJub25lIn0.e30.x" } });
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).not.toContain("settings.company");
});

const NUMBERS = Array.from({ length: 10 }, (_, index) => `phone:+1360555010${index}`);

test.each([
  ["ten numbers of one country", "US", NUMBERS],
  ["nine numbers", undefined, NUMBERS.slice(1)],
  ["ten numbers and a number of another country", undefined, [...NUMBERS, "phone:+4930123456"]],
  ["ten numbers and a number without a country code", "US", [...NUMBERS, "phone:5550123", "email:a@x.example"]],
  ["ten numbers and a number that belongs to no country", undefined, [...NUMBERS, "phone:+999123456789"]],
])("if Front has %s, phone_country in the settings that init creates is %s", async (_, country, handles) => {
  const contacts = handles.map((handle) => ({ handles: [handle] }));
  await using sandbox = await Sandbox.withFront({ seed: { contacts } });
  const out = await sandbox.succeed("init");
  const settings = sandbox.read("contacts/settings.yaml");
  expect(/^ {2}phone_country: (.*)$/m.exec(settings)?.[1]).toBe(country);
  expect(out).toContain(country === undefined ? "phone_country is not set" : `are read as ${country} numbers`);
});

test("init creates the files, with a warning, if Front rejects the token", async () => {
  await using sandbox = await Sandbox.withFront();
  const { code, out, err } = await sandbox.run("init", { env: { FRONT_API_TOKEN: "eyJhbGciOiJub25lIn0.e30.x" } });
  expect(code).toBe(0);
  expect(err).toMatch(
    /^Warning: [\s\S]*settings\.company was not set, because Front could not be read\. Run init again /,
  );
  expect(out).toContain("Created contacts/settings.yaml\n");
  expect(sandbox.read("contacts/settings.yaml")).toContain("\n  # company: cmp_k30\n");
});

test.each([
  ["the directory for contacts", "contacts", "init"],
  ["a parent directory", "crm", "init --contacts crm/people"],
  ["the directory for workflows", ".github", "init --ci github"],
])("init does not follow a symbolic link at the path of %s", async (_, link, command) => {
  await using sandbox = Sandbox.withoutFront();
  mkdirSync(join(sandbox.directory, "elsewhere"));
  symlinkSync("elsewhere", join(sandbox.directory, link));
  expect(await sandbox.fail(command)).toContain(`Error: "${link}" is a symbolic link, which init does not follow`);
  expect(readdirSync(join(sandbox.directory, "elsewhere"))).toEqual([]);
});

test("init does not follow a symbolic link at the path of .gitignore, and prints the lines to add", async () => {
  await using sandbox = Sandbox.withoutFront().write("real", "node_modules\n");
  symlinkSync("real", join(sandbox.directory, ".gitignore"));
  const err = await sandbox.fail("init --contacts .");
  expect(err).toMatch(
    /\.gitignore" is a symbolic link, which init does not follow\s+Add these lines to .*\/\.front-contacts\//,
  );
  expect(sandbox.read("real")).toBe("node_modules\n");
});

test.each([
  ["is too large", "head -c 1048577 /dev/zero > .gitignore", '".gitignore" is larger than 1 MB\n\n  Remove lines from'],
  ["is a directory", "mkdir .gitignore", '".gitignore" is not a regular file\n\n  Rename or remove it'],
])("init reports a .gitignore that %s", async (_, command, error) => {
  await using sandbox = Sandbox.withoutFront();
  execSync(command, { cwd: sandbox.directory });
  expect(await sandbox.fail("init")).toContain(`Error: ${error}`);
});

test.each(["init", "init --ci github", "init --ci gitlab"])("%s changes nothing if it is repeated", async (command) => {
  await using sandbox = Sandbox.withoutFront();
  await sandbox.run(command);
  const before = readFiles(sandbox);
  expect(await sandbox.succeed(command)).toMatch(/^(Unchanged: .*\n)+\nAlready initialized\.\n$/);
  expect(readFiles(sandbox)).toEqual(before);
});

test.each([
  ["github", ".github/workflows/contacts.yml"],
  ["gitlab", ".gitlab-ci.yml"],
])("init --ci %s creates the workflow", async (ci, path) => {
  await using sandbox = Sandbox.withoutFront();
  expect(await sandbox.succeed(`init --ci ${ci}`)).toContain(`Created ${path}\n`);
  expect(sandbox.read(path)).toBe(readFileSync(`docs/ci/${ci}.yml`, "utf8"));
});

test("in a subdirectory of a repository, init --ci states that the workflow must be in the root", async () => {
  await using sandbox = Sandbox.withoutFront();
  initRepository(sandbox);
  mkdirSync(join(sandbox.directory, "crm"));
  const out = await sandbox.succeed("init --ci github", { cwd: join(sandbox.directory, "crm") });
  expect(out).toContain(
    "The workflow must be in the root of the git repository. Run 'front-contacts init --ci github --contacts crm/contacts' there, and delete .github/workflows/contacts.yml here.\n",
  );
  expect(await sandbox.succeed("init --ci github --contacts crm/contacts")).not.toContain("must be in the root");
});

test("in a subdirectory of a repository, init --ci does not advise deleting a workflow that it did not create", async () => {
  await using sandbox = Sandbox.withoutFront();
  initRepository(sandbox);
  sandbox.write("crm/.gitlab-ci.yml", "stages: [test]\n");
  const out = await sandbox.succeed("init --ci gitlab", { cwd: join(sandbox.directory, "crm") });
  expect(out).toContain("Run 'front-contacts init --ci gitlab --contacts crm/contacts' there.\n");
});

test("init --ci prints how to set the contacts directory in the workflow", async () => {
  await using sandbox = Sandbox.withoutFront();
  const out = await sandbox.succeed("init --ci github --contacts crm");
  expect(out).toContain(
    'In the workflow, add the input contacts: crm to each step that uses the action, and change the directory in each "paths:".',
  );
  const other = await sandbox.succeed("init --ci github --contacts shop");
  expect(other).toContain(
    "In the workflow, or in a copy of it for another company, add the input contacts: shop to each step",
  );
  const gitlab = await sandbox.succeed("init --ci gitlab --contacts crm");
  expect(gitlab).toContain(
    'In the workflow, set the variable CONTACTS to crm, and change the directory in each "changes:".',
  );
});

test("the package contains the example workflows and the GitHub action", () => {
  const { files } = JSON.parse(readFileSync("package.json", "utf8")) as { files: string[] };
  expect(files).toEqual(expect.arrayContaining(["docs", ".github/actions"]));
});

test("init rejects an unknown CI service, and creates nothing", async () => {
  await using sandbox = Sandbox.withoutFront();
  expect(await sandbox.fail("init --ci jenkins")).toContain('"jenkins" is not a valid value for --ci');
  expect(readFiles(sandbox)).toEqual({});
});

test("init keeps the bytes of a .gitignore that is not UTF-8", async () => {
  const line = Buffer.from("caf\u00e9\n", "latin1");
  await using sandbox = Sandbox.withoutFront().write(".gitignore", line);
  await sandbox.run("init");
  expect(readFileSync(join(sandbox.directory, ".gitignore")).subarray(0, line.length)).toEqual(line);
  expect(sandbox.read(".gitignore")).toContain("\nnode_modules/\n");
});

test("init does not overwrite existing files, and adds missing lines to .gitignore", async () => {
  await using sandbox = Sandbox.withoutFront();
  const files = {
    "contacts/mine.yaml": "lists: [A]\n",
    "contacts/contacts.schema.json": "{}",
    ".gitlab-ci.yml": "mine: {}\n",
  };
  for (const [path, content] of Object.entries(files)) sandbox.write(path, content);
  sandbox.write(".gitignore", "node_modules\r\nplan.json");
  const out = await sandbox.succeed("init --ci gitlab");
  for (const path of Object.keys(files)) expect(out).toContain(`Unchanged: ${path}\n`);
  expect(readFiles(sandbox)).toEqual({
    ...files,
    ".gitignore":
      "node_modules\r\nplan.json\r\n/contacts/.front-contacts/\r\n/plan.md\r\n/plan.html\r\n/apply.html\r\n/result.html\r\n/undo.json\r\n.*.front-contacts-tmp\r\n",
  });
});

test("init counts the configuration files if there are several", async () => {
  await using sandbox = Sandbox.withoutFront();
  sandbox.write("contacts/bad.yaml", "lists: [").write("contacts/settings.yaml", "# nothing\n");
  expect(await sandbox.succeed("init")).toContain("\nUnchanged: 2 configuration files in contacts\n");
  expect(sandbox.read("contacts/settings.yaml")).toBe("# nothing\n");
});

test("init reports a dangling symbolic link as unchanged", async () => {
  await using sandbox = Sandbox.withoutFront();
  mkdirSync(join(sandbox.directory, "contacts"));
  symlinkSync("../../outside.json", join(sandbox.directory, "contacts/contacts.schema.json"));
  expect(await sandbox.succeed("init")).toContain("Unchanged: contacts/contacts.schema.json");
});

test("init reports a file at the path of the contacts directory", async () => {
  await using sandbox = Sandbox.withoutFront();
  writeFileSync(join(sandbox.directory, "contacts"), "");
  expect(await sandbox.fail("init")).toMatch(/^Error: .*contacts.*" cannot be created \((EEXIST|ENOTDIR)\)/);
});

test("git ignores packages, the cache, plans, pages and temporary files, but not the created files", async () => {
  await using sandbox = Sandbox.withoutFront();
  await sandbox.run("init --contacts crm/people");
  initRepository(sandbox);
  sandbox.write("crm/people/.front-contacts/cache.json", "{}").write("plan.json", "{}");
  for (const path of ["plan.html", "plan.md", "apply.html", "result.html", "undo.json"]) sandbox.write(path, "");
  sandbox.write("node_modules/a/index.js", "");
  writeFileSync(temporaryPath(join(sandbox.directory, "crm/people/imported.yaml")), "");
  expect(git(sandbox, "status", "--porcelain", "-uall").split("\n").sort()).toEqual([
    "?? .gitignore",
    "?? crm/people/contacts.schema.json",
    "?? crm/people/settings.yaml",
  ]);
});
