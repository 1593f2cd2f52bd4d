import { expect, test } from "@jest/globals";
import { type EmulatorOptions, type Fault, SCOPES, type Scope, type Seed } from "../../src/emulator/index.ts";
import { portrait } from "../support/portrait.ts";
import { Sandbox } from "../support/sandbox.ts";

const FILE = `contacts:
  ann: { name: Ann, handles: [{ source: email, handle: ann@x.example }] }
  bob: { name: Bob, handles: [{ source: email, handle: bob@x.example }] }
`;

const TOWN: Seed = {
  contacts: [
    { id: "crd_1", handles: ["email:ann@x.example"], shown_as: { handles: "none" } },
    { id: "crd_2", handles: ["email:bob@x.example"] },
  ],
};

async function withPeople(options: EmulatorOptions = {}, file = FILE): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront({ seed: TOWN, ...options });
  return sandbox.write("contacts/people.yaml", file);
}

test("plan skips and reports an entry whose contact cannot be decoded, shows the other changes, and exits with 1", async () => {
  await using sandbox = await withPeople();
  const { code, out, err } = await sandbox.run("plan --refresh lookup");
  expect(code).toBe(1);
  expect(out).toContain("Plan: 0 to add, 1 to change, 0 to destroy.");
  expect(err).toContain(
    "front_contact.ann is skipped, because contact crd_1 cannot be decoded: handles is not an array",
  );
  expect(err).toContain("contacts/people.yaml:2:");
});

test("a plan without changes does not state that Front matches the configuration if an entry was skipped", async () => {
  await using sandbox = await withPeople(
    {},
    "contacts: { ann: { handles: [{ source: email, handle: ann@x.example }] } }\n",
  );
  const { code, out } = await sandbox.run("plan --refresh lookup");
  expect(code).toBe(1);
  expect(out).toContain("No changes to the entries that could be planned.");
  expect(out).not.toContain("Front matches");
});

test("plan --json has complete: false and an error for an entry whose contact cannot be decoded", async () => {
  await using sandbox = await withPeople();
  const { code, out } = await sandbox.run("plan --json");
  expect(code).toBe(1);
  const plan = JSON.parse(out);
  expect(plan).toMatchObject({ errored: false, complete: false, applyable: true });
  expect(plan.diagnostics).toMatchObject([{ severity: "error", address: "front_contact.ann" }]);
  expect(plan.resource_changes.map(({ address }: { address: string }) => address)).toEqual(["front_contact.bob"]);
});

test.each(["apply --auto-approve", "apply --auto-approve --json"])(
  "%s skips an entry whose contact cannot be decoded, applies the other changes, and exits with 1",
  async (command) => {
    await using sandbox = await withPeople();
    await sandbox.fail(command);
    expect(await sandbox.get("/contacts/crd_2")).toMatchObject({ name: "Bob" });
    expect(sandbox.front.snapshot().contacts?.length).toBe(2);
  },
);

test("apply of a saved plan ignores an entry whose contact could not be decoded, and exits with 1", async () => {
  await using sandbox = await withPeople();
  await sandbox.run("plan --out plan.json");
  await sandbox.fail("apply plan.json");
  expect(await sandbox.get("/contacts/crd_2")).toMatchObject({ name: "Bob" });
});

test("import --all reports the contacts that it skips, and writes the others", async () => {
  await using sandbox = await Sandbox.withFront({ seed: TOWN });
  const { code, err } = await sandbox.run("import --all");
  expect(code).toBe(0);
  expect(err).toContain("1 contact could not be decoded and was skipped:\n  contact crd_1: handles is not an array");
  expect(sandbox.read("contacts/imported.yaml")).toContain("bob@x.example");
});

const WITH_PICTURE = `contacts:
  ann: { handles: [{ source: email, handle: ann@x.example }], avatar: ann.png }
  bob: { name: Bob, handles: [{ source: email, handle: bob@x.example }] }
`;

const UNREADABLE_AVATARS: [string, EmulatorOptions][] = [
  ["on another host", { behavior: { avatarHost: "foreign" } }],
  ...[403, 404, 410, 500].map((status): [string, EmulatorOptions] => [
    `whose download fails with ${status}`,
    { faults: [{ kind: "status", status, path: "/contacts/*/avatar-*", body: "<html>" }] satisfies Fault[] },
  ]),
];

async function withPicture(options: EmulatorOptions): Promise<Sandbox> {
  const bytes = await portrait(1).png().toBuffer();
  const avatar = { type: "image/png", base64: bytes.toString("base64") };
  const seed: Seed = {
    contacts: [
      { id: "crd_1", name: "Ann", handles: ["email:ann@x.example"], avatar },
      { handles: ["email:bob@x.example"] },
    ],
  };
  const sandbox = await Sandbox.withFront({ seed, ...options });
  return sandbox.write("contacts/people.yaml", WITH_PICTURE).write("contacts/ann.png", bytes);
}

test.each(UNREADABLE_AVATARS)("an avatar %s affects only its contact in a plan", async (_, options) => {
  await using sandbox = await withPicture(options);
  const out = await sandbox.succeed("plan");
  expect(out).toContain("the avatar in Front cannot be compared");
  expect(out).toContain("Plan: 0 to add, 2 to change, 0 to destroy.");
});

test.each(UNREADABLE_AVATARS)("an avatar %s is not changed again after an apply", async (_, options) => {
  await using sandbox = await withPicture(options);
  await sandbox.succeed("apply --auto-approve");
  await sandbox.succeed("plan --detailed-exitcode");
});

test.each(UNREADABLE_AVATARS)("an import succeeds and reports an avatar %s", async (_, options) => {
  await using sandbox = await withPicture(options);
  const { code, err } = await sandbox.run("import --all --to contacts/people.yaml --update");
  expect(code).toBe(0);
  expect(err).toMatch(/Ann.*: the avatar: /);
});

test("plan sends no request to Front for an avatar on another host", async () => {
  await using sandbox = await withPicture({ behavior: { avatarHost: "foreign" } });
  await sandbox.run("plan");
  expect(sandbox.front.requests.filter(({ path }) => path.includes("avatar"))).toEqual([]);
});

function withoutScopes(...missing: readonly Scope[]): EmulatorOptions {
  return { scopes: SCOPES.filter((scope) => !missing.includes(scope)) };
}

const TOMBSTONE = `contacts:
  ann: { ensure: absent, handles: [{ source: email, handle: ann@x.example }] }
  bob: { name: Bob, account: { domain: x.example }, handles: [{ source: email, handle: bob@x.example }] }
`;
const ACCOUNT: Seed = {
  contacts: [{ id: "crd_1", handles: ["email:ann@x.example"] }, { handles: ["email:bob@x.example"] }],
  accounts: [{ id: "acc_1", name: "X", domains: ["x.example"], contacts: [] }],
};

test("without conversations:read, plan shows a deletion with an unknown number of conversations", async () => {
  await using sandbox = await withPeople({ seed: ACCOUNT, ...withoutScopes("conversations:read") }, TOMBSTONE);
  const { code, out, err } = await sandbox.run("plan");
  expect(code).toBe(0);
  expect(out).toContain("it has an unknown number of conversations");
  expect(out).toContain("1 to destroy");
  expect(err).toContain("The number of conversations of the contacts to be deleted is unknown");
  expect(err).toContain("The token needs the scope conversations:read.");
});

test("without accounts:read, plan shows all changes except those to the account of a contact, with a warning", async () => {
  await using sandbox = await withPeople({ seed: ACCOUNT, ...withoutScopes("accounts:read") }, TOMBSTONE);
  const { code, out, err } = await sandbox.run("plan");
  expect(code).toBe(0);
  expect(out).toContain("Plan: 0 to add, 1 to change, 1 to destroy.");
  expect(err).toContain("The account of 1 contact is neither compared nor changed");
  expect(err).toContain("The token needs the scope accounts:read.");
});

const FORBIDDEN: [command: string, scope: Scope][] = [
  ["plan", "contacts:read"],
  ["apply --auto-approve", "contacts:delete"],
  ["schema --from-front", "custom_fields:read"],
];

test.each(FORBIDDEN)("%s reports that the token lacks the scope %s", async (command, scope) => {
  await using sandbox = await withPeople(
    { seed: ACCOUNT, behavior: { errorParts: "status" }, ...withoutScopes(scope) },
    TOMBSTONE,
  );
  const { code, out, err } = await sandbox.run(command);
  expect(code).toBe(1);
  expect(out + err).toContain(`The token needs the scope ${scope}.`);
});
