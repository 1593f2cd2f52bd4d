import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { Seed } from "../../src/emulator/index.ts";
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

const FBI = `accounts:
  fbi:
    name: FBI
    description: Federal.
    domains: [fbi.example, agents.example]
    custom_fields: { Tier: Gold }
`;
const ACCOUNT = "/accounts/alt:domain:fbi.example";

const MATCHING_COMPANY: Seed = {
  contacts: [
    {
      name: "Dale Cooper",
      handles: ["email:dale@fbi.example", "phone:+13605550123"],
      custom_fields: { "Job Title": "Agent", Location: "Spokane" },
    },
  ],
  accounts: [
    {
      name: "FBI",
      description: "Federal.",
      domains: ["fbi.example", "agents.example"],
      custom_fields: { Tier: "Gold" },
    },
  ],
};

const FILE = "contacts/all.yaml";

/** Returns a sandbox in which Front matches the configuration: after a plan if `isSeeded`, otherwise after an apply. */
async function startInSync(text: string, { isSeeded = false } = {}): Promise<Sandbox> {
  const account_custom_fields = ["Tier", "Size"].map((name) => ({ name, type: "string" }));
  const sandbox = await Sandbox.withFront({ seed: { account_custom_fields, ...(isSeeded && MATCHING_COMPANY) } });
  await sandbox.write(FILE, text).succeed(isSeeded ? "plan" : "apply --auto-approve");
  return sandbox;
}

interface Case {
  readonly front?: object;
  readonly files?: readonly [string, string];
  readonly line: string;
}

const contactCases: Record<string, Case> = {
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
  "a field that was changed in Front and in the configuration": {
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

const accountCases: Record<string, Case> = {
  "a description that was changed in Front": {
    front: { description: "Bureau." },
    line: '~ description   = "Bureau." -> "Federal." # changed in Front',
  },
  "a description that was changed in the configuration": {
    files: ["Federal.", "Bureau."],
    line: '~ description   = "Federal." -> "Bureau." # changed in the configuration',
  },
  "a description that was changed in Front and in the configuration": {
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

const CASES = [
  ...Object.entries(contactCases).map(([change, testCase]) => ({ ...testCase, change, text: DALE, path: CONTACT })),
  ...Object.entries(accountCases).map(([change, testCase]) => ({
    ...testCase,
    change: `${change} (account)`,
    text: FBI,
    path: ACCOUNT,
  })),
].flatMap((testCase) => [
  { ...testCase, run: "a plan without changes", isSeeded: true },
  { ...testCase, run: "an apply", isSeeded: false },
]);

test.each(CASES)(
  "after $run, shows the origin of a difference, if it is known: $change",
  async ({ text, path, isSeeded, front, files = ["", ""], line }) => {
    await using sandbox = await startInSync(text, { isSeeded });
    if (front !== undefined) await sandbox.front.asTeammate("PATCH", path, front);
    expect(await sandbox.write(FILE, text.replace(...files)).succeed("plan")).toContain(line);
  },
);

test("a plan that overwrites changes made in Front names the command that accepts them", async () => {
  await using sandbox = await startInSync(DALE, { isSeeded: true });
  await sandbox.front.asTeammate("PATCH", CONTACT, { name: "Coop" });
  const advice =
    "To accept the changes made in Front instead of overwriting them, run 'front-contacts import --update --changed-in-front'.\n";
  expect(await sandbox.succeed("plan --out plan.json")).toContain(advice);
  expect(await sandbox.succeed("show plan.json")).not.toContain(advice);
  await sandbox.succeed("import --update --changed-in-front");
  expect(await sandbox.succeed("plan")).toContain("No changes.");
});

test("each plan shows the origin of a difference until the difference is resolved", async () => {
  await using sandbox = await startInSync(DALE, { isSeeded: true });
  await sandbox.front.asTeammate("PATCH", CONTACT, { name: "Coop" });
  const line = '~ name          = "Coop" -> "Dale Cooper" # changed in Front';
  expect(await sandbox.succeed("plan")).toContain(line);
  expect(await sandbox.succeed("plan")).toContain(line);
  await sandbox.write(FILE, DALE.replace("Dale Cooper", "Coop")).run("plan");
  expect(await sandbox.write(FILE, DALE).succeed("plan")).toContain(
    '~ name          = "Coop" -> "Dale Cooper" # changed in the configuration',
  );
});

test.each([
  ["a name", { name: "Coop" }, ["Dale Cooper", "Coop"], { name: "Dale Cooper" }, '"Dale Cooper" -> "Coop"'],
  [
    "a field",
    { custom_fields: { "Job Title": "Sheriff", Location: "Spokane" } },
    ["Agent", "Sheriff"],
    { custom_fields: { "Job Title": "Agent", Location: "Spokane" } },
    '"Agent" -> "Sheriff"',
  ],
] as const)(
  "stores %s that changed in Front and in the configuration between two plans without changes",
  async (_, front, files, frontAfterwards, line) => {
    await using sandbox = await startInSync(DALE, { isSeeded: true });
    await sandbox.front.asTeammate("PATCH", CONTACT, front);
    expect(await sandbox.write(FILE, DALE.replace(files[0], files[1])).succeed("plan")).toContain("No changes.");
    await sandbox.front.asTeammate("PATCH", CONTACT, frontAfterwards);
    expect(await sandbox.succeed("plan")).toContain(`${line} # changed in Front`);
  },
);

test("shows the origin of a link with a decomposed accent", async () => {
  const link = "https://fbi.example/Cafe\u0301";
  await using sandbox = await startInSync(DALE.replace("    custom", `    links: ["${link}"]\n    custom`));
  await sandbox.front.asTeammate("PATCH", CONTACT, { links: [] });
  expect(await sandbox.succeed("plan")).toContain(`+ "${link}" # changed in Front`);
});

test.each(["apply --auto-approve --base HEAD", "apply plan.json"])(
  "after an apply with a base, a plan still shows which values changed in Front before the apply: %s",
  async (command) => {
    const text = DALE.replace("    custom", "    lists: [VIP]\n    custom").concat("lists: [VIP, Agents]\n");
    await using sandbox = await startInSync(text);
    sandbox.write(".gitignore", ".front-contacts/\nplan.json\n").createRepository(".");
    await sandbox.front.asTeammate("PATCH", CONTACT, {
      list_names: [],
      custom_fields: { "Job Title": "Sheriff", Location: "Spokane" },
    });
    const edited = text.replace("Dale Cooper", "Coop").replace("lists: [VIP]", "lists: [VIP, Agents]");
    sandbox.write(FILE, edited);
    if (command.includes("plan.json")) await sandbox.succeed("plan --base HEAD --out plan.json");
    expect(await sandbox.succeed(command)).toContain("Apply complete! Resources: 1 added, 1 changed, 0 destroyed.");
    const out = await sandbox.succeed("plan");
    expect(out).toContain('+ "VIP" # changed in Front');
    expect(out).toContain('~ "Job Title" = "Sheriff" -> "Agent" # changed in Front');
    await sandbox.succeed("import --update --changed-in-front");
    expect(sandbox.read(FILE)).toContain("Job Title: Sheriff");
    await sandbox.front.asTeammate("PATCH", CONTACT, { list_names: [] });
    expect(await sandbox.succeed("plan")).toContain('+ "Agents" # changed in Front');
  },
);

test("after a partial plan with a base, a plan still shows which values of the other contacts changed in Front", async () => {
  const other = "  laura: { name: Laura, handles: [{ source: email, handle: laura@palmer.example }] }\n";
  await using sandbox = await startInSync(DALE + other);
  sandbox.write(".gitignore", ".front-contacts/\n").createRepository(".");
  await sandbox.front.asTeammate("DELETE", `${CONTACT}/handles`, { source: "phone", handle: "+13605550123" });
  await sandbox.succeed("plan --base HEAD --target front_contact.laura");
  expect(await sandbox.succeed("plan")).toContain('+ phone "+13605550123" # changed in Front');
});

test("stores a newly declared attribute that equals the value in Front", async () => {
  const withoutName = DALE.replace("    name: Dale Cooper\n", "");
  await using sandbox = await startInSync(withoutName, { isSeeded: true });
  expect(await sandbox.write(FILE, DALE).succeed("plan")).toContain("No changes.");
  await sandbox.front.asTeammate("PATCH", CONTACT, { name: "Coop" });
  expect(await sandbox.succeed("plan")).toContain('"Coop" -> "Dale Cooper" # changed in Front');
});

test("does not rewrite the cache if nothing changed since the last plan", async () => {
  await using sandbox = await startInSync(DALE, { isSeeded: true });
  const directory = join(sandbox.directory, "contacts/.front-contacts");
  const [name = ""] = readdirSync(directory).filter((file) => file.startsWith("in-sync-"));
  const modified = () => statSync(join(directory, name), { bigint: true }).mtimeNs;
  const before = modified();
  await sandbox.succeed("plan");
  expect(modified()).toBe(before);
});

test("a value that Front did not store during the apply is not shown as changed in Front", async () => {
  await using sandbox = await startInSync(DALE, { isSeeded: true });
  sandbox.write(FILE, DALE.replace("Spokane", "Seattle").replace("Agent", "Boss"));
  sandbox.front.faults = [{ kind: "status", status: 204, method: "PATCH" }];
  expect(await sandbox.fail("apply --auto-approve")).toContain("is not as planned");
  const plan = await sandbox.succeed("plan");
  expect(plan).toContain('"Agent" -> "Boss"');
  expect(plan).not.toContain("changed in Front");
});

test("shows no origin for values that were never in sync", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.front.asTeammate("POST", "/contacts", {
    name: "Coop",
    handles: [{ source: "email", handle: "dale@fbi.example" }],
  });
  sandbox.write(FILE, DALE);
  for (let time = 1; time <= 2; time += 1) expect(await sandbox.succeed("plan")).not.toContain("changed in");
});

test("shows the origin of a handle that was removed in Front", async () => {
  await using sandbox = await startInSync(DALE);
  await sandbox.front.asTeammate("DELETE", `${CONTACT}/handles`, { source: "phone", handle: "+13605550123" });
  expect(await sandbox.succeed("plan")).toContain('+ phone "+13605550123" # changed in Front');
  const { resource_changes: changes } = JSON.parse(await sandbox.succeed("plan --json"));
  expect(changes[0].front_contacts.origins).toEqual([
    { attribute: "handles", key: "phone:+13605550123", origin: "front" },
  ]);
});

test("shows no origins without the cache", async () => {
  await using sandbox = await startInSync(DALE);
  await sandbox.front.asTeammate("PATCH", CONTACT, { name: "Coop" });
  rmSync(join(sandbox.directory, "contacts/.front-contacts"), { recursive: true });
  expect(await sandbox.succeed("plan")).not.toContain("changed in");
});

test("does not use the cache of another company", async () => {
  await using sandbox = await startInSync(DALE);
  await using other = await Sandbox.withFront({ seed: { company: { id: "cmp_other", name: "Other" } } });
  await other.front.asTeammate("POST", "/contacts", {
    handles: [{ source: "email", handle: "dale@fbi.example" }],
    name: "Coop",
  });
  const env = { FRONT_API_URL: other.front.url, FRONT_API_TOKEN: other.front.token };
  expect(await sandbox.succeed("plan", { env })).not.toContain("changed in");
});
