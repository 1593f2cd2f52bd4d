import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const DALE = `contacts:
  dale-cooper:
    name: Dale Cooper
    handles:
      - { source: email, handle: dale@fbi.example }
      - { source: phone, handle: "+13605550123" }
    custom_fields: { Job Title: Agent, Location: Spokane }
`;

const CONTACT = "/contacts/alt:email:dale%40fbi.example";

async function withAppliedContact(): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/dale.yaml", DALE).run("apply --auto-approve");
  return sandbox;
}

interface Case {
  readonly front?: object;
  readonly files?: readonly [string, string];
  readonly line: string;
}

const cases: Record<string, Case> = {
  "a field that was changed in Front": {
    front: { custom_fields: { "Job Title": "Sheriff", Location: "Spokane" } },
    line: '~ "Job Title" = "Sheriff" -> "Agent" # changed in Front',
  },
  "a field that was cleared in Front": {
    front: { custom_fields: { Location: "Spokane" } },
    line: '+ "Job Title" = "Agent" # changed in Front',
  },
  "a field that was changed in the configuration": {
    files: ["Agent", "Sheriff"],
    line: '~ "Job Title" = "Agent" -> "Sheriff" # changed in the configuration',
  },
  "a field that was changed in both": {
    front: { custom_fields: { "Job Title": "Log Lady", Location: "Spokane" } },
    files: ["Agent", "Sheriff"],
    line: '~ "Job Title" = "Log Lady" -> "Sheriff" # changed in Front and in the configuration',
  },
  "a field whose previous value is unknown, because it was unmanaged": {
    front: { custom_fields: { "Job Title": "Agent", Location: "Spokane", "On Duty": true } },
    files: ["Location: Spokane", "Location: Spokane, On Duty: false"],
    line: '~ "On Duty" = true -> false\n',
  },
  "a name that was changed in Front": {
    front: { name: "Coop" },
    line: '~ name          = "Coop" -> "Dale Cooper" # changed in Front',
  },
  "a handle that was added to the configuration": {
    files: ["    custom", "      - { source: twitter, handle: coop }\n    custom"],
    line: '+ twitter "coop" # changed in the configuration',
  },
};

test.each(Object.entries(cases))("attributes %s", async (_, { front, files = ["", ""], line }) => {
  await using sandbox = await withAppliedContact();
  if (front !== undefined) await sandbox.front.asTeammate("PATCH", CONTACT, front);
  const { out } = await sandbox.write("contacts/dale.yaml", DALE.replace(...files)).run("plan");
  expect(out).toContain(line);
});

/** Creates the declared contact in Front without an apply, and runs a plan, which has no changes. */
async function withContactInSync(): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront();
  await sandbox.front.asTeammate("POST", "/contacts", {
    name: "Dale Cooper",
    handles: [
      { source: "email", handle: "dale@fbi.example" },
      { source: "phone", handle: "+13605550123" },
    ],
    custom_fields: { "Job Title": "Agent", Location: "Spokane" },
  });
  const { out } = await sandbox.write("contacts/dale.yaml", DALE).run("plan");
  expect(out).toContain("No changes.");
  return sandbox;
}

test.each(Object.entries(cases))(
  "after a plan without changes, attributes %s",
  async (_, { front, files = ["", ""], line }) => {
    await using sandbox = await withContactInSync();
    if (front !== undefined) await sandbox.front.asTeammate("PATCH", CONTACT, front);
    const { out } = await sandbox.write("contacts/dale.yaml", DALE.replace(...files)).run("plan");
    expect(out).toContain(line);
  },
);

test("attributes a difference in each plan until the difference is resolved", async () => {
  await using sandbox = await withContactInSync();
  await sandbox.front.asTeammate("PATCH", CONTACT, { name: "Coop" });
  const line = '~ name          = "Coop" -> "Dale Cooper" # changed in Front';
  expect((await sandbox.run("plan")).out).toContain(line);
  expect((await sandbox.run("plan")).out).toContain(line);
  await sandbox.write("contacts/dale.yaml", DALE.replace("Dale Cooper", "Coop")).run("plan");
  expect((await sandbox.write("contacts/dale.yaml", DALE).run("plan")).out).toContain(
    '~ name          = "Coop" -> "Dale Cooper" # changed in the configuration',
  );
});

test("the first plan attributes no differences", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.front.asTeammate("POST", "/contacts", {
    name: "Coop",
    handles: [{ source: "email", handle: "dale@fbi.example" }],
  });
  sandbox.write("contacts/dale.yaml", DALE);
  for (let time = 1; time <= 2; time += 1) expect((await sandbox.run("plan")).out).not.toContain("changed in");
});

test("attributes a handle that was removed in Front", async () => {
  await using sandbox = await withAppliedContact();
  await sandbox.front.asTeammate("DELETE", `${CONTACT}/handles`, { source: "phone", handle: "+13605550123" });
  expect((await sandbox.run("plan")).out).toContain('+ phone "+13605550123" # changed in Front');
  const { resource_changes: changes } = JSON.parse((await sandbox.run("plan --json")).out);
  expect(changes[0].front_contacts.origins).toEqual([
    { attribute: "handles", key: "phone:+13605550123", origin: "front" },
  ]);
});

test("attributes no differences without the cache", async () => {
  await using sandbox = await withAppliedContact();
  await sandbox.front.asTeammate("PATCH", CONTACT, { name: "Coop" });
  rmSync(join(sandbox.directory, "contacts/.front-contacts"), { recursive: true });
  expect((await sandbox.run("plan")).out).not.toContain("changed in");
});

test("does not use the cache of another company", async () => {
  await using sandbox = await withAppliedContact();
  await using other = await Sandbox.withFront({ seed: { company: { id: "cmp_other", name: "Other" } } });
  await other.front.asTeammate("POST", "/contacts", {
    handles: [{ source: "email", handle: "dale@fbi.example" }],
    name: "Coop",
  });
  const env = { FRONT_API_URL: other.front.url, FRONT_API_TOKEN: other.front.token };
  expect((await sandbox.run("plan", { env })).out).not.toContain("changed in");
});

const FBI = `accounts:
  fbi:
    name: FBI
    description: Federal.
    domains: [fbi.example, agents.example]
    custom_fields: { Tier: Gold }
`;

const ACCOUNT = "/accounts/alt:domain:fbi.example";

/** Starts a company in which the account is in sync: it exists in Front if `seeded`, and is applied otherwise. */
async function withAccount({ seeded }: { readonly seeded: boolean }): Promise<Sandbox> {
  const account = { name: "FBI", description: "Federal.", domains: ["fbi.example", "agents.example"] };
  const sandbox = await Sandbox.withFront({
    seed: {
      account_custom_fields: ["Tier", "Size"].map((name) => ({ name, type: "string" })),
      accounts: seeded ? [{ ...account, custom_fields: { Tier: "Gold" } }] : [],
    },
  });
  await sandbox.write("contacts/fbi.yaml", FBI).run(seeded ? "plan" : "apply --auto-approve");
  return sandbox;
}

const accountCases: Record<string, Case> = {
  "a description that was changed in Front": {
    front: { description: "Bureau." },
    line: '~ description   = "Bureau." -> "Federal." # changed in Front',
  },
  "a description that was changed in the configuration": {
    files: ["Federal.", "Bureau."],
    line: '~ description   = "Federal." -> "Bureau." # changed in the configuration',
  },
  "a description that was changed in both": {
    front: { description: "Bureau." },
    files: ["Federal.", "Agency."],
    line: '~ description   = "Bureau." -> "Agency." # changed in Front and in the configuration',
  },
  "a field that was changed in Front": {
    front: { custom_fields: { Tier: "Silver" } },
    line: '~ "Tier" = "Silver" -> "Gold" # changed in Front',
  },
  "a field whose previous value is unknown, because it was unmanaged": {
    front: { custom_fields: { Tier: "Gold", Size: "S" } },
    files: ["Tier: Gold", "Tier: Gold, Size: L"],
    line: '~ "Size" = "S" -> "L"\n',
  },
  "a domain that was removed in Front": {
    front: { domains: ["fbi.example"] },
    line: '+ "agents.example" # changed in Front',
  },
  "a domain that was added to the configuration": {
    files: ["agents.example", "agents.example, bureau.example"],
    line: '+ "bureau.example" # changed in the configuration',
  },
};

/** The runs after which the account is in sync. */
const SYNCING_RUNS = [
  { run: "a plan without changes", seeded: true },
  { run: "an apply that created the account", seeded: false },
];
const accountTable = SYNCING_RUNS.flatMap((run) =>
  Object.entries(accountCases).map(([change, testCase]) => ({ ...testCase, ...run, change })),
);

test.each(accountTable)(
  "after $run, attributes $change of an account",
  async ({ front, files = ["", ""], line, seeded }) => {
    await using sandbox = await withAccount({ seeded });
    if (front !== undefined) await sandbox.front.asTeammate("PATCH", ACCOUNT, front);
    const { out } = await sandbox.write("contacts/fbi.yaml", FBI.replace(...files)).run("plan");
    expect(out).toContain(line);
  },
);
