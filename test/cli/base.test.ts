import { cpSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Behavior } from "../../src/emulator/index.ts";
import { PICTURES_AS_SENT } from "../support/emulator.ts";
import { git, initRepository } from "../support/git.ts";
import { writeCommit } from "../support/git-commit.ts";
import { portrait } from "../support/portrait.ts";
import { Sandbox } from "../support/sandbox.ts";

const DALE = `contacts:
  dale:
    name: Dale Cooper
    handles:
      - { source: email, handle: dale@fbi.example }
      - { source: phone, handle: "+13605550123" }
    links: [https://fbi.example/dale, https://peaks.example]
    lists: [VIP, Agents]
    custom_fields: { Location: Spokane, Job Title: Agent }
  laura:
    name: Laura
    handles: [{ source: email, handle: laura@palmer.example }, { source: twitter, handle: laura }]
lists: [VIP, Agents]
`;

const CONTACT = "/contacts/alt:email:dale%40fbi.example";
const OTHER_CONTACT = "/contacts/alt:email:laura%40palmer.example";
const PHONE = { source: "phone", handle: "+13605550123" };

const IGNORED = ".front-contacts/\n";

/** A repository with an applied configuration. Tests copy it, because a copy takes less time than an apply. */
let applied: Sandbox;

beforeAll(async () => {
  applied = (await Sandbox.withFront()).write("contacts/dale.yaml", DALE).write(".gitignore", IGNORED);
  await applied.succeed("apply --auto-approve");
  applied.createRepository(".");
});

afterAll(() => applied[Symbol.asyncDispose]());

const createAppliedRepository = (behavior: Partial<Behavior> = {}) => applied.copy({ behavior });

function withRepository(sandbox: Sandbox): Sandbox {
  cpSync(join(applied.directory, ".git"), join(sandbox.directory, ".git"), { recursive: true });
  return sandbox.write(".gitignore", IGNORED);
}

interface Case {
  readonly front?: (sandbox: Sandbox) => Promise<unknown>;
  readonly files?: (yaml: string) => string;
  readonly messages: readonly string[];
  /** The summary of the plan, or the message if there are no changes. */
  readonly summary: string;
}

const patch = (body: object) => (sandbox: Sandbox) => sandbox.front.asTeammate("PATCH", CONTACT, body);
const withoutLaura = (yaml: string) => yaml.replace(/ {2}laura:\n(?: {4}.*\n)*/, "");
const NOT_OVERWRITTEN = "No changes. 1 contact changed in Front; these changes are not overwritten.";
const ONE_UPDATE = "Plan: 0 to add, 1 to change, 0 to destroy.";

/** Cases that the property tests (test/planning/base.property.test.ts) omit, or whose messages they do not check. */
const cases: Record<string, Case> = {
  "shows all three values of a name that changed in Front and in the configuration": {
    front: patch({ name: "Coop" }),
    files: (yaml) => yaml.replace("Dale Cooper", "D. B. Cooper"),
    messages: ['name: "Coop" in Front, "D. B. Cooper" in the configuration, "Dale Cooper" at the base (conflict)'],
    summary: NOT_OVERWRITTEN,
  },
  "overwrites a change in Front, and marks the value as changed in Front, if the entry now has merge: true": {
    front: patch({ name: "Coop" }),
    files: (yaml) => yaml.replace("name: Dale Cooper", "name: Dale Cooper\n    merge: true"),
    messages: ['"Coop" -> "Dale Cooper" # changed in Front'],
    summary: ONE_UPDATE,
  },
  "changes a field that changed in the configuration, but not a field that changed in Front": {
    front: patch({ custom_fields: { Location: "Seattle", "Job Title": "Agent" } }),
    files: (yaml) => yaml.replace("Job Title: Agent", "Job Title: Sheriff"),
    messages: ['custom field "Location": "Seattle" in Front, "Spokane" in the configuration', '"Agent" -> "Sheriff"'],
    summary: ONE_UPDATE,
  },
  "does not clear a field that was removed from the configuration but changed in Front": {
    front: patch({ custom_fields: { Location: "Seattle", "Job Title": "Agent" } }),
    files: (yaml) => yaml.replace("Location: Spokane, ", ""),
    messages: ['"Location": "Seattle" in Front, nothing in the configuration, "Spokane" at the base (conflict)'],
    summary: NOT_OVERWRITTEN,
  },
  "does not move a handle that was moved to another contact in Front": {
    front: async (sandbox) => {
      await sandbox.front.asTeammate("DELETE", `${CONTACT}/handles`, PHONE);
      await sandbox.front.asTeammate("POST", `${OTHER_CONTACT}/handles`, PHONE);
    },
    messages: ['handles: phone "+13605550123" removed in Front'],
    summary: NOT_OVERWRITTEN,
  },
  "does not move a handle that another contact in Front received from a deleted contact": {
    front: async (sandbox) => {
      await sandbox.front.asTeammate("DELETE", CONTACT);
      await sandbox.front.asTeammate("POST", `${OTHER_CONTACT}/handles`, PHONE);
    },
    messages: [
      "front_contact.dale has no match in Front, but the configuration declares it",
      "To accept the changes in Front, correct or remove entries without a match.",
    ],
    summary: NOT_OVERWRITTEN,
  },
  "does not delete a contact that changed in Front": {
    front: patch({ name: "Coop" }),
    files: (yaml) =>
      `contacts:\n  dale: { ensure: absent, handles: [{ source: email, handle: dale@fbi.example }] }\n${yaml.slice(yaml.indexOf("  laura"))}`,
    messages: ['name: "Coop" in Front, "Dale Cooper" at the base'],
    summary: NOT_OVERWRITTEN,
  },
  "lists the previous contact of a key as no longer managed if the key now declares another contact": {
    files: (yaml) => `contacts:\n  dale:${yaml.slice(yaml.indexOf("  laura:") + "  laura:".length)}`,
    messages: ["No longer managed", "front_contact.dale (", ":contacts/dale.yaml:2)"],
    summary: "No changes. Front matches the configuration.",
  },
  "does not delete a contact that was removed from the configuration": {
    files: withoutLaura,
    messages: ["No longer managed", "front_contact.laura ("],
    summary: "No changes. Front matches the configuration.",
  },
  "does not state that a contact exists after it was removed from the configuration and deleted in Front": {
    front: (sandbox) => sandbox.front.asTeammate("DELETE", OTHER_CONTACT),
    files: withoutLaura,
    messages: ["since HEAD; the plan does not delete the resource:\n", "front_contact.laura ("],
    summary: "No changes. Front matches the configuration.",
  },
};

test.each(Object.entries(cases))(
  "a plan with a base %s",
  async (_, { front, files = (yaml) => yaml, messages, summary }) => {
    await using sandbox = await createAppliedRepository();
    await front?.(sandbox);
    const out = await sandbox.write("contacts/dale.yaml", files(DALE)).succeed("plan --base HEAD");
    for (const message of messages) expect(out).toContain(message);
    expect(out).toContain(summary);
  },
);

const IN_FBI = `contacts:
  dale: { name: Dale Cooper, handles: [{ source: email, handle: dale@fbi.example }], account: fbi }
accounts:
  fbi: { name: FBI, external_id: A-1 }
  lodge: { name: Black Lodge, external_id: A-2 }
`;

test.each([
  ["deletes a contact that is in the same account as at the base", false],
  ["does not delete a contact that was moved to another account in Front", true],
])("a plan with a base %s", async (_, isMoved) => {
  await using sandbox = (await Sandbox.withFront()).write(".gitignore", IGNORED);
  await sandbox.write("contacts/dale.yaml", IN_FBI).succeed("apply --auto-approve");
  sandbox.createRepository(".");
  const { id } = await sandbox.get(CONTACT);
  if (isMoved) {
    const accounts = await sandbox.list("/accounts");
    const membersOf = (name: string) => `/accounts/${accounts.find((account) => account.name === name).id}/contacts`;
    await sandbox.front.asTeammate("DELETE", membersOf("FBI"), { contact_ids: [id] });
    await sandbox.front.asTeammate("POST", membersOf("Black Lodge"), { contact_ids: [id] });
  }
  const tombstone = "  dale: { ensure: absent, handles: [{ source: email, handle: dale@fbi.example }] }\n";
  sandbox.write("contacts/dale.yaml", IN_FBI.replace(/ {2}dale.*\n/, tombstone));
  const out = await sandbox.succeed("plan --base HEAD");
  expect(out).toContain(isMoved ? NOT_OVERWRITTEN : "Plan: 0 to add, 0 to change, 1 to destroy.");
});

const CONFLICT = DALE.replace("Dale Cooper", "D. B. Cooper").replace(", Job Title: Agent", "");

/**
 * Returns a sandbox in which a name changed in Front and in the configuration, one field changed in Front, and another
 * field was removed from the configuration.
 */
async function createConflictingSandbox(): Promise<Sandbox> {
  const sandbox = await createAppliedRepository();
  await patch({ name: "Coop", custom_fields: { Location: "Seattle", "Job Title": "Agent" } })(sandbox);
  return sandbox.write("contacts/dale.yaml", CONFLICT);
}

test("an apply with a base makes only the changes in the configuration, and a plan with the new base makes no changes", async () => {
  await using sandbox = await createConflictingSandbox();
  const out = await sandbox.succeed("apply --base HEAD --auto-approve");
  expect(out).toContain("Apply complete! Resources: 0 added, 1 changed, 0 destroyed.");
  expect(await sandbox.get(CONTACT)).toMatchObject({ name: "Coop", custom_fields: { Location: "Seattle" } });
  expect((await sandbox.get(CONTACT)).custom_fields).not.toHaveProperty("Job Title", "Agent");
  writeCommit(sandbox, ".");
  const secondPlan = await sandbox.run("plan --base HEAD --detailed-exitcode");
  expect(secondPlan.out).toContain(NOT_OVERWRITTEN);
  expect(secondPlan.code).toBe(2);
});

test("a contact that is removed from a list remains on another list with the same name", async () => {
  const lists = ["grp_1", "grp_2"];
  const dale = "contacts:\n  dale:\n    handles: [{ source: email, handle: dale@fbi.example }]\n";
  const contacts = [{ id: "crd_1", handles: ["email:dale@fbi.example"], lists }];
  const seed = { lists: lists.map((id) => ({ id, name: "VIP" })), contacts };
  await using sandbox = await Sandbox.withFront({ seed });
  withRepository(sandbox).write("contacts/dale.yaml", `${dale}    lists: [{ id: grp_2 }]\n`);
  writeCommit(sandbox, ".");
  sandbox.write("contacts/dale.yaml", dale);
  expect(await sandbox.succeed("apply --auto-approve --base HEAD")).toContain('- "VIP (grp_2)"');
  expect(await sandbox.list("/contact_lists/grp_1/contacts")).toMatchObject([{ id: "crd_1" }]);
  expect(await sandbox.list("/contact_lists/grp_2/contacts")).toEqual([]);
});

test("plan and apply with --overwrite also overwrite changes made in Front", async () => {
  await using sandbox = await createConflictingSandbox();
  const out = await sandbox.succeed("plan --base HEAD --overwrite");
  expect(out).toContain(
    '"Coop" -> "D. B. Cooper" # changed in Front and in the configuration; "Dale Cooper" at the base',
  );
  expect(out).toContain('"Seattle" -> "Spokane" # changed in Front; "Spokane" at the base');
  await sandbox.run("apply --base HEAD --overwrite --auto-approve");
  expect(await sandbox.get(CONTACT)).toMatchObject({ name: "D. B. Cooper", custom_fields: { Location: "Spokane" } });
});

test("JSON contains resource_drift, as in Terraform, with all three values", async () => {
  await using sandbox = await createConflictingSandbox();
  const { resource_drift: drift, resource_changes: changes } = JSON.parse(
    await sandbox.succeed("plan --base HEAD --json"),
  );
  expect(drift).toMatchObject([
    {
      address: "front_contact.dale",
      change: { actions: ["update"], before: { name: "Dale Cooper" }, after: { name: "Coop" } },
      front_contacts: {
        origin: "both",
        values: [
          { attribute: "name", key: null, origin: "both", front: "Coop", files: "D. B. Cooper", base: "Dale Cooper" },
          { attribute: "custom_fields", key: "Location", origin: "front", front: "Seattle", files: "Spokane" },
        ],
      },
    },
  ]);
  expect(changes[0].front_contacts.origins).toEqual([
    { attribute: "custom_fields", key: "Job Title", origin: "files" },
  ]);
});

test("Markdown shows masked values that a plan does not overwrite", async () => {
  await using sandbox = await createConflictingSandbox();
  await sandbox.front.asTeammate("DELETE", `${CONTACT}/handles`, { source: "phone", handle: "+13605550123" });
  const out = await sandbox.succeed("plan --base HEAD --format markdown");
  expect(out).toContain("**`Changed in Front since HEAD and not overwritten:`**");
  expect(out).toMatch(/handles: phone "\+1\*\*\*23#\w{4}" removed in Front/);
});

test("the HTML page shows values that a plan does not overwrite", async () => {
  await using sandbox = await createConflictingSandbox();
  await sandbox.run("plan --base HEAD --html plan.html");
  const page = sandbox.read("plan.html");
  expect(page).toContain('<h2 id="drift">Changed in Front since HEAD and not overwritten:</h2>');
  expect(page).toContain("name: &quot;Coop&quot; in Front");
});

test("a saved plan contains its base, and apply preserves the changes in Front since that base", async () => {
  await using sandbox = await createConflictingSandbox();
  await sandbox.run("plan --base HEAD --out plan.json");
  expect(await sandbox.succeed("show plan.json")).toContain(
    'name: "Coop" in Front, "D. B. Cooper" in the configuration',
  );
  const { out, err, code } = await sandbox.run("apply plan.json");
  expect(err).not.toContain("Error");
  expect(out).toContain("Apply complete! Resources: 0 added, 1 changed, 0 destroyed.");
  expect(code).toBe(0);
  expect(await sandbox.get(CONTACT)).toMatchObject({ name: "Coop", custom_fields: { Location: "Seattle" } });
});

test("a saved plan does not overwrite later changes in Front", async () => {
  await using sandbox = await createAppliedRepository();
  sandbox.write("contacts/dale.yaml", CONFLICT);
  await sandbox.run("plan --base HEAD --out plan.json");
  await patch({ name: "Coop" })(sandbox);
  expect(await sandbox.fail("apply plan.json")).toContain(
    'dale changed in Front after this plan: name "Dale Cooper" -> "Coop"',
  );
  expect(await sandbox.get(CONTACT)).toMatchObject({ name: "Coop" });
});

test("the picture at the base shows that an avatar changed only in the configuration", async () => {
  await using sandbox = await createAppliedRepository(PICTURES_AS_SENT);
  const withPicture = (name: string) => DALE.replace("name: Dale Cooper", `name: Dale Cooper\n    avatar: ${name}.png`);
  sandbox
    .write("contacts/a.png", await portrait(1).png().toBuffer())
    .write("contacts/b.png", await portrait(2).png().toBuffer());
  await sandbox.write("contacts/dale.yaml", withPicture("a")).run("apply --auto-approve");
  writeCommit(sandbox, ".");
  rmSync(join(sandbox.directory, "contacts/a.png"));
  rmSync(join(sandbox.directory, "contacts/.front-contacts"), { recursive: true });
  sandbox.write("contacts/dale.yaml", withPicture("b"));
  const out = await sandbox.succeed("plan --base HEAD");
  expect(out).toContain("# changed in the configuration");
  expect(out).toContain(ONE_UPDATE);
});

interface InvalidBase {
  readonly base?: string;
  readonly prepare: (sandbox: Sandbox) => void;
  readonly messages: readonly string[];
}

function rename({ directory }: Sandbox, from: string, to: string): void {
  renameSync(join(directory, from), join(directory, to));
}

const invalidBases: Record<string, InvalidBase> = {
  "a directory outside git": {
    prepare: (sandbox) => rmSync(join(sandbox.directory, ".git"), { recursive: true }),
    messages: ['"contacts" is not in a git repository', "Run the command in a clone"],
  },
  "a repository with an invalid configuration": {
    prepare: (sandbox) => sandbox.write(".git/config", "[invalid"),
    messages: ['git cannot read the repository of "contacts": bad config', "Fix the problem that git reports"],
  },
  "a repository without a commit": {
    prepare: (sandbox) => {
      rmSync(join(sandbox.directory, ".git"), { recursive: true });
      initRepository(sandbox);
    },
    messages: ["The git repository has no commit yet", "git add . && git commit"],
  },
  "an unknown revision": {
    base: "origin/main",
    prepare: () => undefined,
    messages: ['Revision "origin/main" does not exist in this clone', "git fetch origin"],
  },
  "an option instead of a revision": {
    base: "--output=x",
    prepare: () => undefined,
    messages: ['Revision "--output=x" does not exist'],
  },
  "a shallow clone": {
    base: "HEAD~1",
    prepare: (sandbox) => {
      sandbox.write("x.txt", "x");
      writeCommit(sandbox, ".");
      git(sandbox, "clone", "--quiet", "--depth=1", `file://${sandbox.directory}`, "clone");
      rmSync(join(sandbox.directory, ".git"), { recursive: true });
      renameSync(join(sandbox.directory, "clone/.git"), join(sandbox.directory, ".git"));
    },
    messages: ['Revision "HEAD~1" does not exist', "The clone is shallow", "fetch-depth: 0"],
  },
  "a renamed directory": {
    prepare: (sandbox) => {
      rename(sandbox, "contacts", "people");
      writeCommit(sandbox, ".");
      rename(sandbox, "people", "contacts");
    },
    messages: ['The directory "contacts" does not exist at revision "HEAD"', "--base HEAD:people"],
  },
  "a base with errors": {
    prepare: (sandbox) => {
      sandbox.write("contacts/dale.yaml", DALE.replace("name: Dale", "nmae: Dale"));
      writeCommit(sandbox, ".");
      sandbox.write("contacts/dale.yaml", DALE);
    },
    messages: ['The configuration at revision "HEAD" has errors', "Use --base REV", ":contacts/dale.yaml:3"],
  },
};

test.each(Object.entries(invalidBases))(
  "--base explains the error for %s",
  async (_, { base = "HEAD", prepare, messages }) => {
    await using sandbox = withRepository((await Sandbox.withFront()).write("contacts/dale.yaml", DALE));
    prepare(sandbox);
    for (const command of ["plan", "import --update --changed-in-front"]) {
      const err = await sandbox.fail(`${command} --base=${base}`);
      for (const message of messages) expect(err.split(message)).toHaveLength(2);
    }
  },
);

test("--base REV:DIRECTORY reads the base from the former directory of the configuration", async () => {
  await using sandbox = await createAppliedRepository();
  rename(sandbox, "contacts", "people");
  writeCommit(sandbox, ".");
  rename(sandbox, "people", "contacts");
  expect(await sandbox.succeed("plan --base HEAD:people")).toContain("No changes. Front matches the configuration.");
});
