import { expect, test } from "@jest/globals";
import { parseFault } from "../../src/emulator/index.ts";
import { Sandbox } from "../support/sandbox.ts";

const FILE = "contacts/dale.yaml";
const DALE = `contacts:
  dale:
    name: Dale Cooper
    handles: [{ source: email, handle: dale@fbi.example }]
`;
const CONTACT = "/contacts/alt:email:dale%40fbi.example";
const WARNING = /dale matches no contact, but Dale Cooper \(crd_\w+\) had email dale@fbi\.example in an earlier run/;

async function startApplied(): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront();
  await sandbox.write(FILE, DALE).succeed("apply --auto-approve");
  return sandbox;
}

async function replaceEmail({ front }: Sandbox): Promise<void> {
  await front.asTeammate("POST", `${CONTACT}/handles`, { source: "email", handle: "cooper@fbi.example" });
  await front.asTeammate("DELETE", `${CONTACT}/handles`, { source: "email", handle: "dale@fbi.example" });
}

test("plan warns if it would create a contact again after its handles were replaced in Front, and advises setting its ID", async () => {
  await using sandbox = await startApplied();
  await replaceEmail(sandbox);
  const { out, err } = await sandbox.run("plan");
  expect(out).toContain("front_contact.dale will be created");
  expect(err).toMatch(WARNING);
  expect(err).toContain("Otherwise, the plan creates a new contact.");
  const [, id = ""] = /set "id: (crd_\w+)"/.exec(err) ?? [];
  sandbox.write(FILE, DALE.replace("name:", `id: ${id}\n    name:`));
  expect(await sandbox.succeed("plan")).toContain("0 to add, 1 to change, 0 to destroy");
});

test("plan does not fail if the token can no longer read the contact of an earlier run", async () => {
  await using sandbox = await startApplied();
  await replaceEmail(sandbox);
  sandbox.front.faults = [parseFault("GET /contacts/crd_*=403")];
  expect(await sandbox.succeed("plan")).toContain("front_contact.dale will be created");
  expect(sandbox.front.requests.map(({ status }) => status)).toContain(403);
});

test("plan --base warns about a contact whose handles were replaced in Front, and advises --overwrite to create a new contact", async () => {
  await using sandbox = await startApplied();
  sandbox.createRepository(FILE);
  await replaceEmail(sandbox);
  const { out, err } = await sandbox.run("plan --base HEAD");
  expect(out).toContain("front_contact.dale has no match in Front");
  expect(err).toMatch(WARNING);
  expect(err).toContain(
    "To create a new contact, overwrite the changes made in Front. Run plan or apply again with --overwrite.",
  );
  expect(err).not.toContain("the plan creates a new contact");
  expect((await sandbox.run("plan --base HEAD --overwrite")).out).toContain("front_contact.dale will be created");
});

test("import --changed-in-front advises correcting or removing the entry of a contact that was deleted in Front", async () => {
  await using sandbox = await startApplied();
  sandbox.createRepository(FILE);
  await sandbox.front.asTeammate("DELETE", CONTACT);
  const { err } = await sandbox.run("import --update --changed-in-front --base HEAD");
  expect(err).toContain(
    "has no match in Front, so an apply without --base creates it; if it was deleted in Front, correct or remove",
  );
});

test("a plan and an import do not state that a contact changed in Front if its entry was never applied", async () => {
  await using sandbox = await startApplied();
  const tombstone = "  dale: { ensure: absent, handles: [{ source: email, handle: dale@fbi.example }] }\n";
  const added = "  laura: { name: Laura, handles: [{ source: email, handle: laura@palmer.example }] }\n";
  sandbox.write(FILE, `contacts:\n${tombstone}${added}`).createRepository(FILE);
  const plan = await sandbox.succeed("plan --base HEAD");
  expect(plan).toContain("front_contact.dale exists in Front, but the configuration deletes it\n");
  expect(plan).toContain("front_contact.laura has no match in Front, but the configuration declares it\n");
  const { err } = await sandbox.run("import --update --changed-in-front --base HEAD");
  expect(err).toContain("dale: the contact exists in Front, so an apply without --base deletes it; to keep it, remove");
  expect(err).toContain("laura: the contact has no match in Front, so an apply without --base creates it; if it was");
});

test("plan warns once about a contact that was deleted in Front twice and is created again", async () => {
  await using sandbox = await startApplied();
  await sandbox.front.asTeammate("DELETE", CONTACT);
  await sandbox.succeed("apply --auto-approve");
  await sandbox.front.asTeammate("DELETE", CONTACT);
  const { out, err } = await sandbox.run("plan");
  expect(err.match(/^Warning/gm)).toHaveLength(1);
  expect(out).toContain("front_contact.dale will be created");
  expect(err).toMatch(
    /dale is created again: crd_\w+, which had email dale@fbi\.example in an earlier run, no longer exists/,
  );
  await sandbox.succeed("apply --auto-approve");
  expect((await sandbox.run("plan")).err).toBe("");
});

test("plan --base does not warn about a contact that was deleted in Front and is not created again", async () => {
  await using sandbox = await startApplied();
  sandbox.createRepository(FILE);
  await sandbox.front.asTeammate("DELETE", CONTACT);
  const { out, err } = await sandbox.run("plan --base HEAD");
  expect(out).toContain("front_contact.dale has no match in Front");
  expect(err).toBe("");
});

test.each<[string, (sandbox: Sandbox) => Promise<unknown>]>([
  [
    "now matches another entry",
    async (sandbox) => {
      await replaceEmail(sandbox);
      const other = "  coop: { handles: [{ source: email, handle: cooper@fbi.example }] }\n";
      sandbox.write(FILE, `${DALE}${other}`);
    },
  ],
  [
    "is merged by another entry",
    async (sandbox) => {
      await replaceEmail(sandbox);
      await sandbox.front.asTeammate("POST", "/contacts", {
        handles: [{ source: "email", handle: "coop@fbi.example" }],
      });
      const handles = ["coop", "cooper"].map((name) => `{ source: email, handle: ${name}@fbi.example }`);
      sandbox.write(FILE, `${DALE}  coop: { merge: true, handles: [${handles.join(", ")}] }\n`);
    },
  ],
])("plan creates a contact without a warning if the contact of an earlier run %s", async (_, change) => {
  await using sandbox = await startApplied();
  await change(sandbox);
  const { out, err } = await sandbox.run("plan");
  expect(out).toContain("front_contact.dale will be created");
  expect(err).toBe("");
});
