import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const DALE = "contacts:\n  dale: { name: Dale Cooper, handles: [{ source: email, handle: dale@fbi.example }] }\n";
const CONTACT = "/contacts/alt:email:dale%40fbi.example";

const warningsIn = (err: string) => err.match(/^Warning: .*/gm);

async function createAppliedRepository(): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/dale.yaml", DALE).succeed("apply --auto-approve");
  sandbox.write(".gitignore", ".front-contacts/\n").createRepository(".");
  return sandbox;
}

test("a contact that changed in Front is not deleted, and the advice does not suggest an import", async () => {
  await using sandbox = await createAppliedRepository();
  await sandbox.front.asTeammate("PATCH", CONTACT, { name: "Coop" });
  sandbox.write("contacts/dale.yaml", DALE.replace("name: Dale Cooper", "ensure: absent"));
  const { out, err } = await sandbox.run("plan --base HEAD");
  expect(out).toContain(
    "To keep a resource that the configuration deletes, remove ensure: absent from its entry. To overwrite the changes in Front, run plan or apply again with --overwrite.\n",
  );
  expect(err).toContain(
    "Warning: 1 contact changed in Front and is not deleted, although the configuration deletes it\n",
  );
  expect(err).toContain(
    "To keep a resource, restore its entry or row. To delete it, overwrite the changes made in Front. Run plan or apply again with --overwrite.\n",
  );
  expect(warningsIn(err)).toHaveLength(1);
  expect(out + err).not.toContain("front-contacts import");
  const imported = await sandbox.run("import --update --changed-in-front --base HEAD");
  expect(imported.err).toContain(
    "dale: the contact changed in Front, but the configuration deletes it; to keep the contact, restore its entry\n",
  );
  expect(imported.err).toContain("1 entry or property was not updated:");
});

test("a contact that was deleted in Front and changed in the configuration is not created again", async () => {
  await using sandbox = await createAppliedRepository();
  await sandbox.front.asTeammate("DELETE", CONTACT);
  sandbox.write("contacts/dale.yaml", DALE.replace("Dale Cooper", "D. B. Cooper"));
  const { err } = await sandbox.run("plan --base HEAD");
  expect(err).toContain(
    "Warning: 1 contact no longer has a match in Front, but its entry changed; it is not created again\n",
  );
  expect(err).toContain(
    "To accept a deletion, remove the entry. To create the resource again, overwrite the changes made in Front. Run plan or apply again with --overwrite.\n",
  );
  expect(warningsIn(err)).toHaveLength(1);
});

test("import accepts changes made in Front even if the handles of another entry belong to several contacts", async () => {
  await using sandbox = await createAppliedRepository();
  const [laura, phone] = [
    { source: "email", handle: "laura@palmer.example" },
    { source: "phone", handle: "+13605550123" },
  ];
  await sandbox.front.asTeammate("POST", "/contacts", { handles: [laura] });
  await sandbox.front.asTeammate("POST", "/contacts", { handles: [phone] });
  const ambiguous = `  laura:\n    handles: [${[laura, phone].map((handle) => JSON.stringify(handle)).join(", ")}]\n`;
  sandbox.write("contacts/dale.yaml", DALE + ambiguous);
  await sandbox.front.asTeammate("PATCH", CONTACT, { name: "Coop" });
  for (const option of ["", " --base HEAD"]) {
    const { code, err } = await sandbox.run(`import --update --changed-in-front${option}`);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(err).toContain("laura: its handles belong to several contacts; declare only the handles of one of them, ");
    expect(sandbox.read("contacts/dale.yaml")).toBe(DALE.replace("Dale Cooper", "Coop") + ambiguous);
    sandbox.write("contacts/dale.yaml", DALE + ambiguous);
  }
});

test("import reports a contact that exists although its entry has ensure: absent", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/dale.yaml", DALE.replace("name: Dale Cooper", "ensure: absent")).succeed("validate");
  sandbox.write(".gitignore", ".front-contacts/\n").createRepository(".");
  await sandbox.front.asTeammate("POST", "/contacts", { handles: [{ source: "email", handle: "dale@fbi.example" }] });
  const { err } = await sandbox.run("import --update --changed-in-front --base HEAD");
  expect(err).toContain("an apply without --base deletes it; to keep it, remove ensure: absent from its entry\n");
});
