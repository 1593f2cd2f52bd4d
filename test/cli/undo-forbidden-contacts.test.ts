import { expect, test } from "@jest/globals";
import { parseFault } from "../../src/emulator/index.ts";
import { Sandbox } from "../support/sandbox.ts";

const ADA = "{ source: email, handle: ada@x.example }";

test("undo does not report a contact as deleted if the token cannot read it", async () => {
  const contacts = [{ id: "crd_1", name: "Old", handles: ["email:ada@x.example"] }];
  await using sandbox = await Sandbox.withFront({ seed: { contacts } });
  sandbox.write("contacts/ada.yaml", `contacts:\n  ada: { name: Ada, handles: [${ADA}] }\n`);
  await sandbox.succeed("apply --auto-approve");
  sandbox.front.faults = [parseFault("GET /contacts/crd_1=403")];
  const err = await sandbox.fail("undo --auto-approve --refresh lookup");
  expect(err).toContain("front_contact.ada is skipped, because the token has no access to its contact crd_1");
  expect(err).not.toContain("was deleted or merged");
});
