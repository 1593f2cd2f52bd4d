import { expect, test } from "@jest/globals";
import { run } from "../../cli/run.ts";
import { systemDisk } from "../../src/fs/atomic-file.ts";
import { UserError } from "../../src/model/user-error.ts";
import { programEnvironment } from "../support/program-environment.ts";
import { Sandbox } from "../support/sandbox.ts";

const DALE = `contacts:
  dale-cooper:
    name: Dale Cooper
    handles:
      - { source: email, handle: dale.cooper@fbi.example }
      - { source: phone, handle: "+1 360 555 0123" }
`;

test.each([
  ["plan", "\nFront company"],
  ["plan --format text", "\nFront company"],
  ["plan --format json", "{\n"],
  ["plan --json --format json", "{\n"],
  ["plan --format markdown", "<!-- front-contacts plan -->\n**Plan: 1 to add"],
  ["plan --format html", '<!doctype html>\n<html lang="en">'],
  ["plan -format=markdown", "<!-- front-contacts plan -->\n**Plan: 1 to add"],
])("%s prints the requested format", async (command, start) => {
  await using sandbox = await Sandbox.withFront();
  const { code, out, err } = await sandbox.write("contacts/dale.yaml", DALE).run(command);
  expect({ code, err, start: out.slice(0, start.length) }).toEqual({ code: 0, err: "", start });
});

test.each([
  ["text", `description set: "Ann \\u{1b}[31m"`],
  ["markdown", "| 1 | description set | `Ann \\u{1b}[31m` |"],
  ["html", "<h3>Ann \\u{1b}[31m</h3>"],
])("plan --format %s shows the remote name of a contact whose entry has no name", async (format, expected) => {
  const contact = { name: "Ann \u001b[31m", handles: ["email:ann@x.example"] };
  await using sandbox = await Sandbox.withFront({ seed: { contacts: [contact] } });
  const ann = "  ann: { handles: [{ source: email, handle: ann@x.example }], description: New. }\n";
  sandbox.write("contacts/dale.yaml", DALE).write("contacts/ann.yaml", `contacts:\n${ann}`);
  expect(await sandbox.succeed(`plan --format ${format}`)).toContain(expected);
  await sandbox.succeed("plan --out plan.json");
  expect(await sandbox.succeed(`show plan.json --format ${format}`)).toContain(expected);
  await sandbox.succeed("apply plan.json --auto-approve");
});

test("plan rejects --json with another --format", async () => {
  await using sandbox = Sandbox.withoutFront();
  const { code, out } = await sandbox.run("plan --json --format text");
  expect(code).toBe(1);
  expect(out).toContain("--json and --format text cannot be combined");
});

test("plan --format markdown --detailed-exitcode exits with 2 for changes, and with 1 for errors", async () => {
  await using sandbox = (await Sandbox.withFront()).write("contacts/dale.yaml", DALE);
  expect(await sandbox.run("plan --format markdown --detailed-exitcode")).toMatchObject({ code: 2 });
  sandbox.write("contacts/dale.yaml", DALE.replace("name:", "nmae:"));
  const { code, out, err } = await sandbox.run("plan --format markdown --detailed-exitcode");
  expect(code).toBe(1);
  expect(out).toContain("- **Error** at `contacts/dale.yaml:3:5`: `");
  expect(err).toContain("on contacts/dale.yaml:3:5");
});

test.each(["--format markdown", "--format=markdown"])(
  "plan %s prints Markdown for an error that ends the run",
  async (flag) => {
    await using sandbox = Sandbox.withoutFront();
    const { code, out, err } = await sandbox.write("contacts/dale.yaml", DALE).run(`plan ${flag}`);
    expect(code).toBe(1);
    expect(out).toContain("<!-- front-contacts plan -->\n**No plan was created.**\n\n**1 error**\n\n- **Error**: `");
    expect(err).toContain("Set FRONT_API_TOKEN");
  },
);

test.each(["text", "markdown", "json"])(
  "plan --format %s prints the detail of an error that ends the run",
  async (format) => {
    const detail = "Its disk was removed.";
    const { environment, printed } = programEnvironment();
    const code = await run(["plan", "--format", format], {
      ...environment,
      get cwd(): string {
        throw new UserError("usage", "The working directory is gone", { detail, advice: "Change to another one." });
      },
    });
    expect(code).toBe(1);
    expect(printed.out + printed.err).toContain(`${detail} Change to another one.`);
  },
);

test("a plan is printed even if its page cannot be written", async () => {
  await using sandbox = (await Sandbox.withFront()).write("contacts/dale.yaml", DALE);
  const disk = {
    ...systemDisk,
    rename() {
      throw Object.assign(new Error("disk full"), { code: "ENOSPC" });
    },
  };
  const { code, out, err } = await sandbox.run("plan --html plan.html", { disk });
  expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining("Plan: 1 to add") });
  expect(err).toContain('"plan.html" cannot be written (ENOSPC)');
});

test("history RUN --json --html prints the run and also writes the page", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/dale.yaml", DALE).succeed("apply --auto-approve");
  const [{ id }] = JSON.parse(await sandbox.succeed("history --json")).runs;
  expect(JSON.parse(await sandbox.succeed(`history ${id} --json --html run.html`))).toMatchObject({ id, plan: {} });
  expect(sandbox.read("run.html")).toContain("dale.cooper@fbi.example");
});

const PERSONAL = /dale\.cooper@|360.?555|laura@/;

test.each([
  ["plan --format markdown", "masks"],
  ["plan --mask", "masks"],
  ["apply --mask --auto-approve", "masks"],
  ["plan", "shows"],
  ["plan --format markdown --no-mask", "shows"],
  ["plan --format html", "shows"],
  ["plan --format html --mask", "masks"],
  ["plan --json --mask", "shows"],
])("%s %s email addresses and phone numbers", async (command, effect) => {
  const shown = effect === "shows";
  await using sandbox = await Sandbox.withFront();
  const { code, out, err } = await sandbox.write("contacts/dale.yaml", DALE).run(command);
  expect({ code, shown: PERSONAL.test(out + err) }).toEqual({ code: 0, shown });
  const maskedPhone = command.includes("html") ? /<ins>\+1\*\*\*23#\w{4}<\/ins>/ : /phone "\+1\*\*\*23#\w{4}"/;
  if (!shown && command.startsWith("plan")) expect(out).toMatch(maskedPhone);
});

test("a masked error underlines the masked value", async () => {
  await using sandbox = Sandbox.withoutFront();
  const duplicated = `${DALE}  laura:\n    handles: [{ source: email, handle: Dale.Cooper@fbi.example }]\n`;
  const err = await sandbox.write("contacts/dale.yaml", duplicated).fail("validate --mask");
  expect(err).not.toMatch(/dale\.cooper/i);
  expect(
    err.replaceAll(/#[0-9a-f]{4}/g, "#hash"),
  ).toContain(`Error: "D***@fbi.example#hash" is already a handle of dale-cooper

  on contacts/dale.yaml:8:40
     8 |     handles: [{ source: email, handle: D***@fbi.example#hash }]
       |                                        ^^^^^^^^^^^^^^^^^^^^^
  first declared at contacts/dale.yaml:5:34
     5 |       - { source: email, handle: d***@fbi.example#hash }
       |                                  ^^^^^^^^^^^^^^^^^^^^^
`);
});

test("validate --mask masks phone numbers in errors about invalid files", async () => {
  await using sandbox = Sandbox.withoutFront();
  const err = await sandbox
    .write("contacts/dale.yaml", DALE.replace("phone, handle", "fone, handle"))
    .fail("validate --mask");
  expect(err).toContain("+1***23#");
  expect(err).not.toMatch(PERSONAL);
});

const createEntries = (count: number, from = 0) =>
  Array.from(
    { length: count },
    (_, index) => `  c${from + index}: { handles: [{ source: email, handle: c${from + index}@x.example }] }\n`,
  );

test("a long plan ends with the first 20 addresses of each action", async () => {
  await using sandbox = await Sandbox.withFront();
  const tombstones = createEntries(25).map((line) => line.replace("{", "{ ensure: absent,"));
  await sandbox.write("contacts/a.yaml", `contacts:\n${createEntries(25).join("")}`).run("apply --auto-approve");
  sandbox.write("contacts/a.yaml", `contacts:\n${[...tombstones, ...createEntries(30, 25)].join("")}`);
  const out = await sandbox.succeed("plan --allow-removals 25 --allow-changes 25");
  const summary = out.slice(out.indexOf("30 to create:"));
  expect(summary).toMatch(
    /^30 to create:\n( {2}\+ front_contact\.c\d+\n){20} {4}and 10 more\n25 to destroy:\n( {2}- front_contact\.c\d+\n){20} {4}and 5 more\n\nPlan: 30 to add, 0 to change, 25 to destroy\.\n/,
  );
});

test("a short plan does not list addresses by action", async () => {
  await using sandbox = await Sandbox.withFront();
  const out = await sandbox.write("contacts/a.yaml", `contacts:\n${createEntries(20).join("")}`).succeed("plan");
  expect(out).not.toContain("20 to create:");
});

test("the Markdown of a long saved plan or run names the command that shows it in full", async () => {
  const entries = Array.from(
    { length: 300 },
    (_, index) => `  c${index}: { name: C, handles: [{ source: custom, handle: c${index} }] }\n`,
  );
  await using sandbox = (await Sandbox.withFront()).write("contacts/all.yaml", `contacts:\n${entries.join("")}`);
  await sandbox.succeed("plan --out long.json");
  expect(await sandbox.succeed("show long.json --format markdown")).toContain(
    "Run `front-contacts show long.json --full` to see all of them.",
  );
  await sandbox.succeed("apply long.json");
  const { runs } = JSON.parse(await sandbox.succeed("history --json"));
  expect(await sandbox.succeed(`history ${runs[0].id} --format markdown`)).toContain(
    `Run \`front-contacts history ${runs[0].id} --full\` to see all of them.`,
  );
});
