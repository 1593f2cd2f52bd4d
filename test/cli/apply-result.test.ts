import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { type EmulatorOptions, parseFault } from "../../src/emulator/index.ts";
import { systemDisk } from "../../src/fs/atomic-file.ts";
import { commitFiles, git, initRepository } from "../support/git.ts";
import { Sandbox } from "../support/sandbox.ts";

const PEOPLE = `contacts:
  ada: { name: Ada, handles: [{ source: email, handle: ada@x.example }] }
  bob: { name: Bob, handles: [{ source: email, handle: bob@x.example }] }
  cyd: { name: Cyd, handles: [{ source: email, handle: cyd@x.example }] }
`;

async function withPeople(options: EmulatorOptions = {}): Promise<Sandbox> {
  return (await Sandbox.withFront(options)).write("contacts/people.yaml", PEOPLE);
}

const inWorkflow = (sandbox: Sandbox) => ({
  env: { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: join(sandbox.directory, "summary.md") },
});

test("apply writes the result to the HTML page and to the job summary", async () => {
  await using sandbox = await withPeople();
  await sandbox.succeed("apply --auto-approve --html result.html", inWorkflow(sandbox));
  const page = sandbox.read("result.html");
  expect(page).toContain("Apply complete! Resources: 3 added, 0 changed, 0 destroyed.");
  expect(page.match(/<span class="tag applied">applied<\/span>/g)).toHaveLength(3);
  expect(page).toContain("<li>create-contact: applied</li>");
  const summary = sandbox.read("summary.md");
  expect(summary).toMatch(
    /^<!-- front-contacts apply -->\n\*\*Apply complete! Resources: 3 added, 0 changed, 0 destroyed\.\*\*/,
  );
  expect(summary).not.toContain("Left to apply");
  expect(summary.match(/No contact lost data/g)).toHaveLength(1);
  // "Applied:" introduces totals, and the summary of this apply has none.
  expect(summary).not.toContain("Applied:");
});

test("the job summary contains the result of an apply even if the page cannot be written", async () => {
  await using sandbox = await withPeople();
  const disk = {
    ...systemDisk,
    rename(from: string, to: string) {
      if (to.endsWith("result.html")) throw Object.assign(new Error("disk full"), { code: "ENOSPC" });
      systemDisk.rename(from, to);
    },
  };
  const command = "apply --auto-approve --html result.html";
  expect(await sandbox.fail(command, { ...inWorkflow(sandbox), disk })).toContain(
    '"result.html" cannot be written (ENOSPC)',
  );
  expect(sandbox.read("summary.md")).toContain("Apply complete! Resources: 3 added, 0 changed, 0 destroyed.");
});

test("the text, the page and the summary of a failed apply list the resources that were not applied", async () => {
  await using sandbox = await withPeople({ faults: [parseFault("POST /contacts#2=422")] });
  const command = "apply --auto-approve --parallelism 1 --html result.html";
  const err = await sandbox.fail(command, inWorkflow(sandbox));
  expect(err).toContain("1 resource left to apply:\n  front_contact.bob (failed)\n");
  const page = sandbox.read("result.html");
  expect(page).toContain("<code>front_contact.bob</code>: failed<br>create-contact: failed: ");
  expect(page.match(/<span class="tag failed">failed<\/span>/g)).toHaveLength(1);
  const summary = sandbox.read("summary.md");
  expect(summary).toContain("**1 resource left to apply:**");
  expect(summary).toMatch(/^\| `front_contact\.bob` \| failed \| `create-contact: failed: /m);
  expect(summary).toContain(
    "`Applied operations are not rolled back. Run the same command again to continue with the rest.`",
  );
});

test("if an apply completes no change, the page shows why an operation was not started, and omits empty totals", async () => {
  await using sandbox = await Sandbox.withFront({ faults: [parseFault("POST /accounts#1=422")] });
  sandbox.write(
    "contacts/people.yaml",
    `contacts: { ada: { handles: [{ source: email, handle: ada@x.example }], account: acme } }
accounts: { acme: { name: Acme, domains: [acme.example] } }
`,
  );
  await sandbox.fail("apply --auto-approve --html result.html");
  const page = sandbox.read("result.html");
  expect(page).toContain(
    "<br>link-account: not started, because another operation must succeed first: create-account front_account.acme</li>",
  );
  expect(page).not.toContain("Added or changed");
});

test("the result of a saved plan lists a contact whose entry changed after the plan", async () => {
  await using sandbox = await withPeople();
  await sandbox.run("plan --out plan.json");
  sandbox.write("contacts/people.yaml", PEOPLE.replace("name: Bob", "name: Robert"));
  const err = await sandbox.fail("apply plan.json --html result.html", inWorkflow(sandbox));
  expect(err).toContain("1 resource left to apply:\n  front_contact.bob (refused)\n");
  expect(sandbox.read("result.html")).toContain("<code>front_contact.bob</code>: refused");
  expect(sandbox.read("summary.md")).toMatch(/^\| `front_contact\.bob` \| refused \|/m);
  expect(sandbox.read("summary.md")).toContain(
    "\n`Run 'front-contacts apply' to create and review a new plan for 1 refused resource.`\n",
  );
  expect(sandbox.read("summary.md")).not.toContain("Run the same command again");
});

test.each([["--target front_contact.bob --target front_contact.cyd"], ["--exclude front_contact.ada"]])(
  "the advice for a refused contact of a saved plan contains the options of the plan: %s",
  async (options) => {
    await using sandbox = await withPeople();
    await sandbox.run(`plan ${options} --out plan.json`);
    sandbox.write("contacts/people.yaml", PEOPLE.replace("name: Bob", "name: Robert"));
    const err = await sandbox.fail("apply plan.json");
    expect(err).toContain(`Run 'front-contacts apply ${options}' to create and review a new plan for it.`);
  },
);

test.each<[string, string]>([
  ["contacts", ""],
  ["people", ":people"],
])(
  "after the branch moved, the advice for a refused contact names the commit of the base (base in %s/)",
  async (directory, suffix) => {
    await using sandbox = await withPeople();
    await sandbox.succeed("apply --auto-approve");
    initRepository(sandbox);
    sandbox.write(`${directory}/people.yaml`, PEOPLE);
    commitFiles(sandbox, `${directory}/people.yaml`);
    const commit = git(sandbox, "rev-parse", "HEAD");
    sandbox.write("contacts/people.yaml", PEOPLE.replace("name: Bob", "name: Robert"));
    await sandbox.run(`plan --base main${suffix} --out plan.json`);
    sandbox.write("contacts/people.yaml", PEOPLE.replace("name: Bob", "name: Rob"));
    commitFiles(sandbox, "contacts/people.yaml");
    const err = await sandbox.fail("apply plan.json");
    expect(err).toContain(
      `Run 'front-contacts apply --base ${commit}${suffix}' to create and review a new plan for it.`,
    );
  },
);

test("the masked page and summary contain only masked email addresses", async () => {
  const body = { _error: { message: "bob@x.example is blocked" } };
  await using sandbox = await withPeople({
    faults: [{ method: "POST", path: "/contacts", nth: 2, kind: "status", status: 422, body }],
  });
  await sandbox.fail("apply --auto-approve --parallelism 1 --mask --html result.html", inWorkflow(sandbox));
  for (const text of [sandbox.read("result.html"), sandbox.read("summary.md")]) {
    expect(text).not.toMatch(/(ada|bob|cyd)@/);
    expect(text).toContain("b***@x.example");
  }
});

test("an apply that is not approved does not write the page", async () => {
  await using sandbox = await withPeople();
  await sandbox.run("apply --html result.html", { answer: "no" });
  expect(sandbox.exists("result.html")).toBe(false);
});

test("the text, the page and the summary count the entries that errors excluded from the plan", async () => {
  await using sandbox = await Sandbox.withFront({ seed: { contacts: [{ handles: ["phone:+13605550123"] }] } });
  sandbox.write(
    "contacts/a.yaml",
    `contacts:
  ada: { handles: [{ source: email, handle: ada@x.example }] }
  bob: { handles: [{ source: email, handle: bob@x.example }, { source: phone, handle: "3605550123" }] }
`,
  );
  const { code, err } = await sandbox.run("apply --auto-approve --html result.html", inWorkflow(sandbox));
  expect(code).toBe(1);
  expect(err).toMatch(
    /\nApply incomplete\. Resources: 1 added, 0 changed, 0 destroyed\.\nOperations: 1 applied, .*\nRequests: .*\n1 entry was skipped because of an error \(see above\)\.\n$/,
  );
  for (const file of ["result.html", "summary.md"]) {
    expect(sandbox.read(file)).toContain("1 entry was skipped because of an error.");
  }
});
