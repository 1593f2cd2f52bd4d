import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const SEPARATE = `contacts:
  dale:
    name: Dale Cooper
    handles: [{ source: email, handle: dale@fbi.example }]
    custom_fields: { Location: Spokane }
`;
const MERGED = `contacts:
  dale:
    name: Dale Cooper
    merge: true
    handles: [{ source: email, handle: dale@fbi.example }, { source: email, handle: coop@fbi.example }]
    custom_fields: { Location: Tacoma }
`;

test("a plan with a base shows whether the values that a merge sets changed in Front or in the configuration", async () => {
  const contacts = [{ handles: ["email:dale@fbi.example"] }, { handles: ["email:coop@fbi.example"] }];
  await using sandbox = await Sandbox.withFront({ seed: { contacts } });
  await sandbox.write("contacts/dale.yaml", SEPARATE).succeed("apply --auto-approve");
  sandbox.write(".gitignore", ".front-contacts/\n").createRepository(".");
  await sandbox.front.asTeammate("PATCH", "/contacts/alt:email:dale%40fbi.example", {
    name: "Coop",
    custom_fields: { Location: "Seattle" },
  });
  const out = await sandbox.write("contacts/dale.yaml", MERGED).succeed("plan --base HEAD");
  expect(out).toContain('"Coop" -> "Dale Cooper" # changed in Front; "Dale Cooper" at the base');
  expect(out).toContain('"Seattle" -> "Tacoma" # changed in Front and in the configuration; "Spokane" at the base');
  expect(out).toContain('+ email "coop@fbi.example" # changed in the configuration');
  expect(out).toContain("Plan: 0 to add, 1 to change, 1 to destroy.");
});
