import { expect, test } from "@jest/globals";
import { PICTURES } from "../support/memory-disk.ts";
import { Sandbox } from "../support/sandbox.ts";

const TWO_CONTACTS = `contacts:
  dale-cooper:
    name: Dale Cooper
    handles: [{ source: email, handle: dale.cooper@fbi.example }]
    custom_fields: { Job Title: FBI Special Agent }
  harry-truman:
    name: Harry S. Truman
    handles: [{ source: email, handle: harry@sheriff.example }]
`;

const DALE = "/contacts/alt:email:dale.cooper%40fbi.example";

test("apply creates the declared contacts and prints the lines that other tools parse", async () => {
  await using sandbox = await Sandbox.withFront();
  const { code, out, err } = await sandbox.write("contacts/all.yaml", TWO_CONTACTS).run("apply --auto-approve");
  expect(code).toBe(0);
  expect(out).toMatch(/\nPlan: 2 to add, 0 to change, 0 to destroy\.\n/);
  expect(out).toMatch(
    /\nApply complete! Resources: 2 added, 0 changed, 0 destroyed\.\nRequests: 3 predicted, 3 made\.\n$/,
  );
  expect(err).toMatch(/^front_contact\.dale-cooper: Creating…\n/);
  expect(err).toMatch(/^front_contact\.dale-cooper: Creation complete after \ds \[id=crd_\w+\]$/m);
  expect((await sandbox.get(DALE)).name).toBe("Dale Cooper");
});

test("apply prints the ID of a created list", async () => {
  await using sandbox = (await Sandbox.withFront()).write("contacts/lists.yaml", "lists: [Agents]\n");
  sandbox.write("contacts/all.yaml", TWO_CONTACTS.replace("S. Truman", "Truman\n    lists: [Agents]"));
  const { err } = await sandbox.run("apply --auto-approve");
  expect(err).toMatch(/^front_contact_list\.this\["Agents"\]: Creation complete after \ds \[id=grp_\w+\]$/m);
});

test("without changes, the counts in the summary of apply are 0", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/all.yaml", TWO_CONTACTS).run("apply --auto-approve");
  expect(await sandbox.succeed("apply --auto-approve")).toBe(
    "\nNo changes. Front matches the configuration.\n\nApply complete! Resources: 0 added, 0 changed, 0 destroyed.\nRequests: 0 predicted, 0 made.\n",
  );
});

test.each([
  ["yes", 0, 2],
  ["Yes", 1, 0],
  ["y", 1, 0],
  ["no", 1, 0],
  ["", 1, 0],
])("after the answer %p, the exit code is %i and Front has %i new contacts", async (answer, code, created) => {
  await using sandbox = await Sandbox.withFront();
  expect(await sandbox.write("contacts/all.yaml", TWO_CONTACTS).run("apply", { answer })).toMatchObject({ code });
  expect(await sandbox.list("/contacts")).toHaveLength(created);
});

/** Applies two contacts, and renames both in the files. A teammate renames Dale when recent changes are listed. */
async function withConcurrentRename(): Promise<Sandbox> {
  let rename = async () => {};
  const onRequest = async ({ path, query }: { path: string; query: string }) => {
    if (path === "/contacts" && query.includes("updated_after")) await rename();
  };
  const sandbox = await Sandbox.withFront({ onRequest });
  await sandbox.write("contacts/all.yaml", TWO_CONTACTS).run("apply --auto-approve");
  rename = async () => {
    await sandbox.front.asTeammate("PATCH", DALE, { name: "Coop" });
  };
  return sandbox.write("contacts/all.yaml", TWO_CONTACTS.replaceAll("name: ", "name: Mr. "));
}

test("a name that changed after the plan is reported and not overwritten, and the rest of the plan is applied", async () => {
  await using sandbox = await withConcurrentRename();
  const { code, out, err } = await sandbox.run("apply", { answer: "yes" });
  expect(code).toBe(1);
  expect(out).not.toContain("Apply complete!");
  expect(err).toContain('Error: dale-cooper changed in Front after this plan: name "Dale Cooper" -> "Coop"\n');
  expect(err).toContain("Operations: 1 applied, 1 failed, 0 unknown, 0 skipped.\n");
  const names = await sandbox.list("/contacts");
  expect(names.map(({ name }) => name).sort()).toEqual(["Coop", "Mr. Harry S. Truman"]);
});

test("the predicted requests include the listing of changes made while the prompt was open", async () => {
  await using sandbox = await Sandbox.withFront();
  const { out } = await sandbox.write("contacts/all.yaml", TWO_CONTACTS).run("apply", { answer: "yes" });
  expect(out).toContain("Requests: 4 to apply this plan");
  expect(out).toContain("Requests: 4 predicted, 4 made.");
});

test("apply --auto-approve does not list recent changes before the first write", async () => {
  await using sandbox = await withConcurrentRename();
  const before = sandbox.front.requests.length;
  await sandbox.run("apply --auto-approve");
  const sent = sandbox.front.requests
    .slice(before)
    .map(({ method, query }) => `${method} ${query.includes("updated")}`);
  expect(sent).toContain("PATCH false");
  expect(sent.indexOf("GET true")).toBeGreaterThan(sent.indexOf("PATCH false"));
});

test.each([
  ["standard input is not a terminal", "apply", {}],
  ["--input=false disables prompts", "apply -input=false", { answer: "yes" }],
  ["standard output and standard error are not terminals", "apply", { answer: "yes", hidesPrompts: true }],
])("apply requires --auto-approve and sends no request if %s", async (reason, command, options) => {
  await using sandbox = await Sandbox.withFront();
  const { code, out, err } = await sandbox.write("contacts/all.yaml", TWO_CONTACTS).run(command, options);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain(`Cannot ask for approval: ${reason}`);
  expect(err).toContain("--auto-approve");
  expect(sandbox.front.requests).toEqual([]);
});

test("an unmanaged field that was set in Front after the last apply is not changed", async () => {
  await using sandbox = await Sandbox.withFront();
  await sandbox.write("contacts/all.yaml", TWO_CONTACTS).run("apply --auto-approve");
  await sandbox.front.asTeammate("PATCH", DALE, {
    custom_fields: { "Job Title": "FBI Special Agent", Location: "Spokane" },
  });
  await sandbox
    .write("contacts/all.yaml", TWO_CONTACTS.replace("FBI Special", "Very Special"))
    .run("apply --auto-approve");
  expect((await sandbox.get(DALE)).custom_fields).toEqual({
    "Job Title": "Very Special Agent",
    Location: "Spokane",
  });
});

test("a failed operation skips only its dependents, and the summary lists every operation that was not applied", async () => {
  await using sandbox = await Sandbox.withFront();
  const files = TWO_CONTACTS.replace("    custom_fields", "    avatar: dale.png\n    custom_fields");
  sandbox.write("contacts/all.yaml", files).write("contacts/dale.png", PICTURES.png);
  sandbox.front.faults = [
    {
      method: "POST",
      path: "/contacts",
      nth: 1,
      kind: "status",
      status: 400,
      body: { _error: { message: "No, thanks" } },
    },
  ];
  const { code, out, err } = await sandbox.run("apply --auto-approve --parallelism 1");
  expect(code).toBe(1);
  expect(out).not.toContain("Apply complete!");
  expect(err).toContain(`
Failed and not performed:
  create-contact front_contact.dale-cooper
      Front responded: No, thanks
      Fix the problem that Front reports, then run the command again.

Not started:
  upload-avatar front_contact.dale-cooper
      not started, because another operation must succeed first: create-contact front_contact.dale-cooper

Apply incomplete. Resources: 1 added, 0 changed, 0 destroyed.
Operations: 1 applied, 1 failed, 0 unknown, 1 skipped.
`);
});

test("an apply and its record name all fields that Front rejects", async () => {
  const values = "one of gold, silver, bronze and other values that Front lists";
  const details = Array.from({ length: 20 }, (_, index) => `body.custom_fields.Field ${index}: must be ${values}`);
  await using sandbox = await Sandbox.withFront();
  sandbox.front.faults = [
    { method: "POST", path: "/contacts", nth: 1, kind: "status", status: 400, body: { _error: { details } } },
  ];
  const { err } = await sandbox.write("contacts/all.yaml", TWO_CONTACTS).run("apply --auto-approve --parallelism 1");
  const [{ id }] = JSON.parse(await sandbox.succeed("history --json")).runs;
  const out = await sandbox.succeed(`history ${id}`);
  for (const detail of details) {
    expect(err).toContain(detail);
    expect(out).toContain(detail);
  }
});

test("a contact is not created twice if the outcome of its creation is unknown", async () => {
  await using sandbox = await Sandbox.withFront();
  sandbox.front.faults = [{ method: "POST", path: "/contacts", nth: 1, kind: "reset-after" }];
  await sandbox.write("contacts/all.yaml", TWO_CONTACTS).succeed("apply --auto-approve");
  expect(await sandbox.list("/contacts")).toHaveLength(2);
  await sandbox.succeed("plan --detailed-exitcode");
});

test("no operation is started after an interrupt, and the summary counts applied and skipped operations", async () => {
  const interrupt = new AbortController();
  await using sandbox = await Sandbox.withFront({
    onRequest: ({ method }) => {
      if (method === "POST") interrupt.abort();
    },
  });
  sandbox.write("contacts/all.yaml", TWO_CONTACTS);
  const err = await sandbox.fail("apply --auto-approve --parallelism 1", { signal: interrupt.signal });
  expect(err).toContain(
    "Apply interrupted. Resources: 1 added, 0 changed, 0 destroyed.\nOperations: 1 applied, 0 failed, 0 unknown, 1 skipped.",
  );
  expect(await sandbox.list("/contacts")).toHaveLength(1);
  expect(await sandbox.succeed("apply --auto-approve")).toContain("Resources: 1 added");
});

test("a failed apply does not print the token", async () => {
  await using sandbox = await Sandbox.withFront({ token: "eyJhbGciOiJub25lIn0.c2VjcmV0.c2lnbmF0dXJl" });
  sandbox.write("contacts/all.yaml", TWO_CONTACTS);
  const faults = ["reset-before", "reset-after", "html", "redirect", "429"] as const;
  for (const kind of faults) {
    sandbox.front.faults = [{ path: /./, kind, ...(kind === "429" ? { retryAfter: 86400 } : {}) }];
    const { code, out, err } = await sandbox.run("apply --auto-approve");
    expect({ kind, code, leaked: `${out}${err}`.includes("c2VjcmV0") }).toEqual({ kind, code: 1, leaked: false });
  }
});
