import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const PHONE = '{ source: phone, handle: "(212) 555-0439" }';
const HANDLES = {
  dale: "{ source: email, handle: dale@fbi.example }",
  lucy: "{ source: email, handle: lucy@sheriff.example }",
};

function entry(key: keyof typeof HANDLES, ...others: readonly string[]): string {
  return `  ${key}: { handles: [${[HANDLES[key], ...others].join(", ")}] }\n`;
}

async function handlesOf(sandbox: Sandbox, id: string): Promise<readonly string[]> {
  const { handles } = await sandbox.get(`/contacts/${id}`);
  return (handles as readonly { readonly handle: string }[]).map(({ handle }) => handle);
}

test("undo removes an added phone number that Front stored with a country code", async () => {
  const contact = { id: "crd_1", handles: ["email:dale@fbi.example"] };
  await using sandbox = await Sandbox.withFront({ behavior: { phoneForm: "e164" }, seed: { contacts: [contact] } });
  sandbox.write("contacts/all.yaml", `contacts:\n${entry("dale", PHONE)}`);
  await sandbox.succeed("apply --auto-approve");
  expect(await handlesOf(sandbox, "crd_1")).toEqual(["dale@fbi.example", "+12125550439"]);
  await sandbox.succeed("undo --auto-approve");
  expect(await handlesOf(sandbox, "crd_1")).toEqual(["dale@fbi.example"]);
});

test.each([
  ["without phone_country", ""],
  ["with phone_country", "settings: { phone_country: US }\n"],
])(
  "undo moves back a phone number that Front stored with a country code, %s in the configuration",
  async (_, settings) => {
    const contacts = [
      { id: "crd_1", handles: ["email:dale@fbi.example", "phone:(212) 555-0439"] },
      { id: "crd_2", handles: ["email:lucy@sheriff.example"] },
    ];
    await using sandbox = await Sandbox.withFront({ behavior: { phoneForm: "e164" }, seed: { contacts } });
    sandbox.write("contacts/all.yaml", `${settings}contacts:\n${entry("dale")}${entry("lucy", PHONE)}`);
    await sandbox.succeed("apply --auto-approve");
    expect(await handlesOf(sandbox, "crd_2")).toEqual(["lucy@sheriff.example", "+12125550439"]);
    await sandbox.succeed("undo --auto-approve");
    expect(await handlesOf(sandbox, "crd_1")).toEqual(["dale@fbi.example", "+12125550439"]);
    expect(await handlesOf(sandbox, "crd_2")).toEqual(["lucy@sheriff.example"]);
  },
);

test("undo does not move a phone number back if it is the only handle of its current contact", async () => {
  const contacts = [
    { id: "crd_1", handles: ["email:dale@fbi.example", "phone:(212) 555-0439"] },
    { id: "crd_2", handles: ["email:lucy@sheriff.example"] },
  ];
  await using sandbox = await Sandbox.withFront({ behavior: { phoneForm: "e164" }, seed: { contacts } });
  sandbox.write("contacts/all.yaml", `contacts:\n${entry("dale")}${entry("lucy", PHONE)}`);
  await sandbox.succeed("apply --auto-approve");
  const email = { source: "email", handle: "lucy@sheriff.example" };
  await sandbox.front.asTeammate("DELETE", "/contacts/crd_2/handles", email);
  const { err } = await sandbox.run("undo --auto-approve");
  expect(err).toContain("phone +12125550439 now belongs to another contact");
  expect(err).toContain("To restore the handle, remove it from that contact in Front.");
  expect(await handlesOf(sandbox, "crd_1")).toEqual(["dale@fbi.example"]);
  expect(await handlesOf(sandbox, "crd_2")).toEqual(["+12125550439"]);
});

test("undo does not add a plus to a number that has no country code according to phone_country", async () => {
  const contact = { id: "crd_1", handles: ["email:dale@fbi.example", "phone:51987654321", "phone:442079460000"] };
  await using sandbox = await Sandbox.withFront({ behavior: { phoneForm: "as-sent" }, seed: { contacts: [contact] } });
  const tombstone = `contacts:\n  dale: { ensure: absent, handles: [${HANDLES.dale}] }\n`;
  sandbox.write("contacts/all.yaml", `settings: { phone_country: BR }\n${tombstone}`);
  await sandbox.succeed("apply --auto-approve --allow-removals 1");
  await sandbox.succeed("undo --auto-approve");
  const [{ id }] = await sandbox.list("/contacts");
  expect(await handlesOf(sandbox, id)).toEqual(["dale@fbi.example", "51987654321", "+442079460000"]);
});
