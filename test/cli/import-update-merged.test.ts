import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const FILE = "contacts/people.yaml";
const YAML = `contacts:
  ann:
    name: Ann
    handles: [{ source: email, handle: ann@x.example }]
  bob:
    name: Bob
    handles:
      - { source: email, handle: bob@x.example }
      - { source: email, handle: bob@home.example }
`;

/** Returns a sandbox in which a contact has the handles of two entries, as after a merge in Front. */
async function withMergedContact(): Promise<Sandbox> {
  const handles = ["email:ann@x.example", "email:bob@x.example", "email:bob@home.example"];
  const sandbox = await Sandbox.withFront({ seed: { contacts: [{ name: "Robert", handles }] } });
  return sandbox.write(FILE, YAML);
}

test.each(["import --update", "import --update front_contact.bob"])(
  "%s updates the entry that matches a contact with handles of several entries",
  async (command) => {
    await using sandbox = await withMergedContact();
    const { err } = await sandbox.run(command);
    expect(sandbox.read(FILE)).toBe(YAML.replace("name: Bob", "name: Robert"));
    expect(err).not.toContain("bob:");
  },
);

test("import --update of an entry whose contact matches another entry changes neither entry", async () => {
  await using sandbox = await withMergedContact();
  const { err } = await sandbox.run("import --update front_contact.ann");
  expect(sandbox.read(FILE)).toBe(YAML);
  expect(err).toContain(
    "ann: its handles belong to a private contact or to the contact of another entry; run plan for details",
  );
});
