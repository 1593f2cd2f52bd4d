import { expect, test } from "@jest/globals";
import { parseJsonLines, type RunResult, Sandbox } from "../support/sandbox.ts";

const TWO_CONTACTS = `contacts:
  dale-cooper:
    name: Dale Cooper
    handles: [{ source: email, handle: dale.cooper@fbi.example }]
    lists: [Characters]
  harry-truman:
    name: Harry S. Truman
    handles: [{ source: email, handle: harry@sheriff.example }]
lists: [Characters]
`;

const DALE = "/contacts/alt:email:dale.cooper%40fbi.example";
const EDITED = TWO_CONTACTS.replace("Dale Cooper", "Agent Cooper").replace(
  "dale.cooper@fbi.example }]",
  "dale.cooper@fbi.example }, { source: email, handle: coop@fbi.example }]",
);

function typesOf({ out }: RunResult): string[] {
  expect(out.endsWith("\n")).toBe(true);
  return parseJsonLines(out).map(({ type, hook }) => (hook === undefined ? type : `${type} ${hook.resource.addr}`));
}

const APPLY = "apply --auto-approve --json --parallelism 1";

test("apply --json prints only events: the version, the plan, the start and end of each change, and the summary", async () => {
  await using sandbox = await Sandbox.withFront();
  const result = await sandbox.write("contacts/all.yaml", TWO_CONTACTS).run(APPLY);
  expect({ code: result.code, err: result.err }).toEqual({ code: 0, err: "" });
  expect(typesOf(result)).toEqual([
    "version",
    "planned_change",
    "planned_change",
    "planned_change",
    "change_summary",
    'apply_start front_contact_list.this["Characters"]',
    'apply_complete front_contact_list.this["Characters"]',
    "apply_start front_contact.dale-cooper",
    "apply_complete front_contact.dale-cooper",
    "apply_start front_contact.harry-truman",
    "apply_complete front_contact.harry-truman",
    "change_summary",
  ]);
});

test("every event has the properties of Terraform's events", async () => {
  await using sandbox = await Sandbox.withFront();
  const events = parseJsonLines(await sandbox.write("contacts/all.yaml", TWO_CONTACTS).succeed(APPLY));
  for (const event of events) {
    expect(event).toMatchObject({
      "@level": "info",
      "@message": expect.stringMatching(/./),
      "@module": "front_contacts.ui",
      "@timestamp": expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
  }
  const { id } = await sandbox.get(DALE);
  const resource = {
    addr: "front_contact.dale-cooper",
    module: "",
    resource: "front_contact.dale-cooper",
    implied_provider: "front",
    resource_type: "front_contact",
    resource_name: "dale-cooper",
    resource_key: null,
  };
  expect(events[0]).toMatchObject({ type: "version", front_contacts: expect.any(String), ui: "1.2" });
  expect(events[2].change).toEqual({ resource, action: "create" });
  expect(events[4]).toMatchObject({
    "@message": "Plan: 3 to add, 0 to change, 0 to destroy.",
    changes: { add: 3, change: 0, import: 0, remove: 0, operation: "plan" },
  });
  expect(events[7].hook).toEqual({ resource, action: "create" });
  const elapsed_seconds = expect.any(Number);
  expect(events[8].hook).toEqual({ resource, action: "create", id_key: "id", id_value: id, elapsed_seconds });
  expect(events.at(-1)).toMatchObject({
    "@message": "Apply complete! Resources: 3 added, 0 changed, 0 destroyed.",
    changes: { add: 3, change: 0, import: 0, remove: 0, operation: "apply" },
    front_contacts: {
      operations: { applied: 3, failed: 0, unknown: 0, skipped: 0 },
      interrupted: false,
      requests: { predicted: { total: 7 }, made: 7 },
      verification: { complete: true, contacts: 2 },
    },
  });
});

test("a contact with two operations has one start event and one end event", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/all.yaml", TWO_CONTACTS).run(APPLY);
  const result = await sandbox.write("contacts/all.yaml", EDITED).run(APPLY);
  const { id } = await sandbox.get(DALE);
  expect(typesOf(result).slice(3)).toEqual([
    "apply_start front_contact.dale-cooper",
    "apply_complete front_contact.dale-cooper",
    "change_summary",
  ]);
  expect(parseJsonLines(result.out)[3].hook).toMatchObject({ action: "update", id_key: "id", id_value: id });
  expect(parseJsonLines(result.out).at(-1)["front_contacts"].operations.applied).toBe(2);
});

test("a contact with a failed operation is reported as failed, with the reason, and is not counted", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/all.yaml", TWO_CONTACTS).run(APPLY);
  sandbox.front.faults = [
    { method: "POST", path: /handles$/, kind: "status", status: 400, body: { _error: { message: "No, thanks" } } },
  ];
  const result = await sandbox.write("contacts/all.yaml", EDITED).run(APPLY);
  expect(result.code).toBe(1);
  expect(typesOf(result).slice(3)).toEqual([
    "apply_start front_contact.dale-cooper",
    "apply_errored front_contact.dale-cooper",
    "diagnostic",
    "change_summary",
  ]);
  const [, errored, failure, summary] = parseJsonLines(result.out).slice(3);
  expect(errored["@level"]).toBe("error");
  expect(failure.diagnostic).toEqual({
    code: "operation-failed",
    severity: "error",
    summary: "add-handle front_contact.dale-cooper email:coop@fbi.example failed and was not performed",
    detail: "Front responded: No, thanks. Fix the problem that Front reports, then run the command again.",
    address: "front_contact.dale-cooper",
  });
  expect(summary).toMatchObject({
    "@message": "Apply incomplete. Resources: 0 added, 0 changed, 0 destroyed.",
    changes: { change: 0, operation: "apply" },
    front_contacts: { operations: { applied: 1, failed: 1 } },
  });
});

test("a skipped contact has no start or end event, only a warning", async () => {
  await using sandbox = await Sandbox.withFront();
  sandbox.front.faults = [{ method: "POST", path: "/contact_lists", kind: "status", status: 400 }];
  const result = await sandbox.write("contacts/all.yaml", TWO_CONTACTS).run(APPLY);
  expect(result.code).toBe(1);
  expect(typesOf(result).slice(5)).toEqual([
    'apply_start front_contact_list.this["Characters"]',
    'apply_errored front_contact_list.this["Characters"]',
    "apply_start front_contact.harry-truman",
    "apply_complete front_contact.harry-truman",
    "diagnostic",
    "diagnostic",
    "change_summary",
  ]);
  expect(parseJsonLines(result.out).at(-2)).toMatchObject({
    "@level": "warn",
    diagnostic: { severity: "warning", summary: expect.stringContaining("was not started") },
  });
});

test("an interrupt is reported as an error", async () => {
  const interrupt = new AbortController();
  await using sandbox = await Sandbox.withFront({
    onRequest: ({ method }) => {
      if (method === "POST") interrupt.abort();
    },
  });
  const result = await sandbox.write("contacts/all.yaml", TWO_CONTACTS).run(APPLY, { signal: interrupt.signal });
  expect(result.code).toBe(1);
  const diagnostics = parseJsonLines(result.out).flatMap(({ diagnostic }) => diagnostic ?? []);
  expect(diagnostics.at(-1)).toMatchObject({ severity: "error", summary: "The apply was interrupted" });
  expect(parseJsonLines(result.out).at(-1)["front_contacts"]).toMatchObject({
    interrupted: true,
    operations: { skipped: 2 },
  });
});

test("without changes, apply --json prints only the version and the summaries of the plan and of the apply", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/all.yaml", TWO_CONTACTS).run(APPLY);
  const result = await sandbox.run(APPLY);
  expect(result.code).toBe(0);
  expect(typesOf(result)).toEqual(["version", "change_summary", "change_summary"]);
});

test.each([
  ["--auto-approve is missing", "apply --json", TWO_CONTACTS, {}, /requires --auto-approve/],
  ["--auto-approve is false", "apply --json --auto-approve=false", TWO_CONTACTS, {}, /requires --auto-approve/],
  ["an option is unknown", `${APPLY} --bogus`, TWO_CONTACTS, {}, /bogus/],
  ["the token is missing", APPLY, TWO_CONTACTS, { FRONT_API_TOKEN: "" }, /No API token/],
  ["the configuration is invalid", APPLY, TWO_CONTACTS.replace("name:", "nmae:"), {}, /nmae/],
  [
    "a list does not exist in Front",
    APPLY,
    TWO_CONTACTS.replace("[Characters]\n  h", "[Villains]\n  h"),
    {},
    /Villains/,
  ],
])(
  "if %s, the last line of apply --json is an error, and nothing is written to Front",
  async (_, command, files, env, message) => {
    await using sandbox = await Sandbox.withFront();
    const result = await sandbox.write("contacts/all.yaml", files).run(command, { env });
    expect({ code: result.code, err: result.err }).toEqual({ code: 1, err: "" });
    expect(parseJsonLines(result.out).at(-1)).toMatchObject({
      "@level": "error",
      type: "diagnostic",
      diagnostic: { severity: "error", summary: expect.stringMatching(message), detail: expect.stringMatching(/./) },
    });
    expect(sandbox.writes).toEqual([]);
  },
);

test("apply --dry-run --json prints the plan as one JSON object", async () => {
  await using sandbox = await Sandbox.withFront();
  const out = await sandbox.write("contacts/all.yaml", TWO_CONTACTS).succeed("apply --dry-run --json");
  expect(JSON.parse(out)).toMatchObject({ applyable: true, resource_changes: [{}, {}, {}] });
});
