import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { parseFault } from "../../src/emulator/index.ts";
import { sample } from "../scale.ts";
import { portrait } from "../support/portrait.ts";
import { Sandbox } from "../support/sandbox.ts";

/** A company with an undeclared contact. With `FILES`, the plan has most kinds of operations. */
const COMPANY = {
  lists: ["Old"],
  accounts: [
    { id: "acc_1", name: "Acme" },
    { id: "acc_2", name: "Beta", contacts: ["crd_2"] },
  ],
  contacts: [
    {
      id: "crd_1",
      handles: ["email:up@x.example"],
      name: "Before",
      description: "Kept.",
      custom_fields: { Location: "Kept" },
    },
    { id: "crd_2", handles: ["email:less@x.example", "twitter:@gone"], lists: ["Old"] },
    { id: "crd_3", handles: ["email:one@x.example"], links: ["https://one.example"] },
    { id: "crd_4", handles: ["email:two@x.example"], links: ["https://two.example"] },
    { id: "crd_5", handles: ["email:dead@x.example"] },
    {
      id: "crd_6",
      handles: ["email:bystander@x.example"],
      name: "Bystander",
      lists: ["Old"],
      links: ["https://b.example"],
    },
  ],
};

const FILES = `lists: [New]
contacts:
  new:
    name: New
    handles: [{ source: email, handle: new@x.example }, { source: phone, handle: "+13605550123" }]
    lists: [New]
    avatar: new.png
  up:
    name: After
    handles: [{ source: email, handle: up@x.example }, { source: phone, handle: "+13605550124" }]
    custom_fields: { Job Title: Agent }
    links: [https://up.example]
    lists: [Old]
    account: { id: acc_1 }
  less:
    handles: [{ source: email, handle: less@x.example }]
    exact: [handles, lists]
    lists: []
    account: { id: acc_1 }
  both:
    merge: true
    handles: [{ source: email, handle: one@x.example }, { source: email, handle: two@x.example }]
  dead:
    ensure: absent
    handles: [{ source: email, handle: dead@x.example }]
`;

const FAULTS = [
  ...["reset-before", "reset-after", "503", "503-after", "429:0", "truncate:length", "truncate:chunked"],
  ...["truncate:close", "html", "html:200", "delay:5", "apply-delay:2"],
];
const METHODS = ["GET", "POST", "PATCH", "DELETE"];

/** Applies twice while the fault affects about 40% of the requests with the method, and then once without faults. */
async function applyThrough(sandbox: Sandbox, fault: string, method: string): Promise<void> {
  sandbox.front.faults = [parseFault(`${method} *~0.4=${fault}`)];
  for (let run = 0; run < 2; run += 1) {
    const { code, err } = await sandbox.run("apply --auto-approve --allow-removals 9 --allow-changes 9");
    expect([0, 1]).toContain(code);
    expect(err).not.toMatch(/TypeError|\n {4}at /);
  }
  sandbox.front.faults = [];
  // A request may still be processed after its connection was closed.
  await wait(10);
  await sandbox.run("apply --auto-approve --allow-removals 9 --allow-changes 9");
}

const CASES = FAULTS.flatMap((fault) => METHODS.map((method) => [fault, method] as const));

// A quick run tests five faults, each with one method.
test.each(sample(CASES, 11))(
  "no contact or list is lost or duplicated if the fault %s affects %s requests",
  async (fault, method) => {
    await using sandbox = await Sandbox.withFront({ seed: COMPANY });
    sandbox.write("contacts/all.yaml", FILES).write("contacts/new.png", await portrait(4).png().toBuffer());
    const bystander = await sandbox.get("/contacts/crd_6");
    await applyThrough(sandbox, fault, method);

    const plan = await sandbox.run("plan --detailed-exitcode --refresh scan");
    expect([plan.code, plan.out]).toEqual([0, expect.stringContaining("No changes.")]);
    expect(await sandbox.get("/contacts/crd_6")).toEqual(bystander);
    const { contacts = [], lists = [] } = sandbox.front.snapshot();
    expect(contacts).toHaveLength(5);
    expect(lists).toHaveLength(2);
    const up = await sandbox.get("/contacts/crd_1");
    expect(up).toMatchObject({
      name: "After",
      description: "Kept.",
      custom_fields: { Location: "Kept", "Job Title": "Agent" },
    });
    const mergedContact = await sandbox.get("/contacts/alt:email:one%40x.example");
    expect([...(mergedContact["links"] as string[])].sort()).toEqual(["https://one.example", "https://two.example"]);
  },
);
