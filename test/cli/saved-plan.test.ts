import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { sample } from "../scale.ts";
import { createPlannedChange, DALE, HARRY, readPlan, TOWN } from "../support/planned-change.ts";
import { portrait } from "../support/portrait.ts";
import { parseJsonLines, Sandbox } from "../support/sandbox.ts";

test("apply requires no approval for a saved plan, and prints the summary that other tools parse", async () => {
  await using sandbox = await createPlannedChange();
  const out = await sandbox.succeed("apply plan.json");
  expect(out).toContain("\nApply complete! Resources: 0 added, 2 changed, 0 destroyed.\n");
  expect((await sandbox.get(DALE)).custom_fields).toEqual({ "Job Title": "Sheriff" });
  await sandbox.succeed("plan --detailed-exitcode");
});

const settings = (changes: string) => `settings: { guards: { changes: ${changes} } }\n`;

test.each([
  ["50%", "0%", "settings.guards.changes is now 0%; when the plan was created, it was 50%\n\n  Create a new plan"],
  ["5", "1", "settings.guards.changes is now 1; when the plan was created, it was 5\n\n  Create a new plan"],
  [
    "50%",
    "1",
    "settings.guards.changes is now 1; when the plan was created, it was 50%\n\n  The saved plan does not contain",
  ],
])("apply rejects a plan if a guard of %s became %s after the plan was created", async (before, now, summary) => {
  await using sandbox = await createPlannedChange();
  await sandbox.write("contacts/settings.yaml", settings(before)).succeed("plan --out plan.json");
  const writes = sandbox.writes.length;
  const err = await sandbox.write("contacts/settings.yaml", settings(now)).fail("apply plan.json");
  expect(err).toContain(`Error: ${summary}`);
  expect(sandbox.writes).toHaveLength(writes);
});

test.each(["changes: 40%, removals: 0%", "changes: 2", "changes: 1%"])(
  "apply accepts a plan of 2 updates even if the guards are now %s",
  async (guards) => {
    await using sandbox = await createPlannedChange();
    const changedSettings = `settings: { guards: { ${guards} } }\n`;
    const out = await sandbox.write("contacts/settings.yaml", changedSettings).succeed("apply plan.json");
    expect(out).toContain("Resources: 0 added, 2 changed, 0 destroyed.");
  },
);

test("a second apply of the same plan makes no changes and names the run that applied it", async () => {
  await using sandbox = await createPlannedChange();
  await sandbox.run("apply plan.json");
  const before = sandbox.writes.length;
  const { code, out, err } = await sandbox.run("apply plan.json");
  expect({ code, out }).toEqual({
    code: 0,
    out: expect.stringContaining("Resources: 0 added, 0 changed, 0 destroyed."),
  });
  expect(err).toMatch(
    /Warning: This plan was already applied on [-\d]+ [:\d]+ UTC by run \S+\n\n {2}No operation is left/,
  );
  const events = parseJsonLines(await sandbox.succeed("apply plan.json --json"));
  expect(events).toContainEqual(
    expect.objectContaining({ type: "diagnostic", diagnostic: expect.objectContaining({ code: "plan-applied" }) }),
  );
  expect(sandbox.writes).toHaveLength(before);
});

test("a second apply warns that no operation is left, even if the first apply was not recorded", async () => {
  await using sandbox = await createPlannedChange();
  await sandbox.run("apply plan.json --no-journal");
  expect((await sandbox.run("apply plan.json")).err).toContain("Warning: No operation of this plan is left to perform");
});

test("a second apply of a plan warns that it performs reverted changes again", async () => {
  await using sandbox = await createPlannedChange();
  await sandbox.succeed("apply plan.json");
  await sandbox.front.asTeammate("PATCH", DALE, { custom_fields: { "Job Title": "FBI Special Agent" } });
  expect((await sandbox.run("apply plan.json")).err).toContain("or reverted in Front since then, are applied now");
  expect((await sandbox.get(DALE)).custom_fields).toEqual({ "Job Title": "Sheriff" });
});

test("a second apply of a plan warns that it performs changes that the first apply refused", async () => {
  await using sandbox = await createPlannedChange();
  await sandbox.front.asTeammate("PATCH", DALE, { custom_fields: { "Job Title": "Log Lady" } });
  await sandbox.fail("apply plan.json");
  await sandbox.front.asTeammate("PATCH", DALE, { custom_fields: { "Job Title": "FBI Special Agent" } });
  expect((await sandbox.run("apply plan.json")).err).toContain("Changes that were refused then");
  expect((await sandbox.get(DALE)).custom_fields).toEqual({ "Job Title": "Sheriff" });
});

test("apply skips a contact whose managed attributes changed, and changes the others", async () => {
  await using sandbox = await createPlannedChange();
  await sandbox.front.asTeammate("PATCH", DALE, { custom_fields: { "Job Title": "Log Lady" } });
  const err = await sandbox.fail("apply plan.json");
  expect(err).toContain("dale-cooper changed in Front after this plan: Job Title");
  expect(err).toContain("Apply incomplete. Resources: 0 added, 1 changed, 0 destroyed.");
  expect((await sandbox.get(DALE)).custom_fields).toEqual({ "Job Title": "Log Lady" });
  expect((await sandbox.get(HARRY)).name).toBe("Harry Truman");
});

test("apply changes a contact whose unmanaged attributes changed, and preserves those attributes", async () => {
  await using sandbox = await createPlannedChange();
  const custom_fields = { "Job Title": "FBI Special Agent", Location: "Spokane" };
  await sandbox.front.asTeammate("PATCH", DALE, { custom_fields, links: ["https://x.example/"] });
  await sandbox.succeed("apply plan.json");
  const { custom_fields: fields, links } = await sandbox.get(DALE);
  expect({ fields, links }).toEqual({
    fields: { "Job Title": "Sheriff", Location: "Spokane" },
    links: ["https://x.example/"],
  });
});

test("apply sends three requests before the first write of a plan that changes 2 of 300 contacts", async () => {
  const contacts = Array.from({ length: 300 }, (_, index) => ({
    name: "Somebody",
    handles: [{ source: "email", handle: `somebody${index}@x.example` }],
  }));
  await using sandbox = await Sandbox.withFront({ seed: { contacts } });
  const entry = (index: number, name: string) =>
    `  somebody-${index}:\n    name: ${name}\n    handles: [{ source: email, handle: somebody${index}@x.example }]\n`;
  const entries = contacts.map((_, index) => entry(index, index < 2 ? "Somebody Else" : "Somebody"));
  sandbox.write("contacts/town.yaml", `contacts:\n${entries.join("")}`);
  await sandbox.run("plan --out plan.json --refresh scan");
  const before = sandbox.front.requests.length;
  await sandbox.succeed("apply plan.json");
  const methods = sandbox.front.requests.slice(before).map(({ method }) => method);
  expect(methods.slice(0, methods.indexOf("PATCH"))).toEqual(["GET", "GET", "GET"]);
});

test.each(sample([1, 2, 3, 4], 4))(
  "a second apply continues the same plan after an interrupt at write %i",
  async (writes) => {
    const interrupt = new AbortController();
    let remainingWrites = writes;
    await using sandbox = await Sandbox.withFront({
      onRequest: ({ method }) => {
        if (method === "GET") return;
        remainingWrites -= 1;
        if (remainingWrites === 0) interrupt.abort();
      },
    });
    await sandbox.write("contacts/town.yaml", TOWN).run("plan --out plan.json");
    await sandbox.run("apply plan.json --parallelism 1", { signal: interrupt.signal });
    await sandbox.succeed("apply plan.json");
    expect(await sandbox.list("/contacts")).toHaveLength(2);
    expect(await sandbox.list("/contact_lists")).toHaveLength(1);
    await sandbox.succeed("plan --detailed-exitcode");
  },
);

test("apply skips a contact whose entry changed after the plan, and changes the other contacts", async () => {
  await using sandbox = await createPlannedChange();
  const changedTown = TOWN.replace("FBI Special Agent", "Log Lady").replace("Harry S. Truman", "Harry Truman");
  sandbox.write("contacts/town.yaml", changedTown);
  const err = await sandbox.fail("apply plan.json");
  expect(err).toContain("dale-cooper in this plan differs from the configuration: custom_fields");
  expect(err).toMatch(
    /\nApply incomplete\. Resources: 0 added, 1 changed, 0 destroyed\.\nOperations: 1 applied, .*\nRequests: 2 predicted, 2 made\.\n1 resource of this plan was refused \(see above\)\./,
  );
  expect(err).not.toContain("Run the same command again");
  expect((await sandbox.get(DALE)).custom_fields).toEqual({ "Job Title": "FBI Special Agent" });
  expect((await sandbox.get(HARRY)).name).toBe("Harry Truman");
});

test("apply skips a contact whose entry was removed after the plan", async () => {
  await using sandbox = await createPlannedChange();
  sandbox.write("contacts/town.yaml", TOWN.replace(/ {2}harry-truman:\n.*\n.*\n/, ""));
  const err = await sandbox.fail("apply plan.json");
  expect(err).toContain("harry-truman is in this plan, but not in the configuration");
  expect(err.replace(/\s+/g, " ")).toContain(
    "Add it to the configuration again, or create and review a new plan without it.",
  );
  expect((await sandbox.get(HARRY)).name).toBe("Harry S. Truman");
});

test("apply ignores the location of an entry, and warns about changes to other entries", async () => {
  await using sandbox = await createPlannedChange();
  const changedTown = TOWN.replace("FBI Special Agent", "Sheriff").replace("Harry S. Truman", "Harry Truman");
  const lucy = "  lucy-moran:\n    handles: [{ source: email, handle: lucy@sheriff.example }]\nlists:";
  sandbox.write("contacts/town.yaml", `# The town\n\n${changedTown.replace(/^lists:/m, lucy)}`);
  const { code, err } = await sandbox.run("apply plan.json");
  expect(err).toContain("Warning: The configuration has changed since this plan was created");
  expect(code).toBe(0);
});

test("apply does not warn about entries that only move to other lines", async () => {
  await using sandbox = await createPlannedChange();
  sandbox.write("contacts/town.yaml", `# The town\n\n${sandbox.read("contacts/town.yaml")}`);
  const { code, err } = await sandbox.run("apply plan.json");
  expect(err).not.toContain("Warning");
  expect(code).toBe(0);
});

test("apply requires --detached if the configuration is missing, and mentions --detached in the summary", async () => {
  await using sandbox = await createPlannedChange();
  rmSync(join(sandbox.directory, "contacts/town.yaml"));
  const before = sandbox.front.requests.length;
  const rejection = await sandbox.fail("apply plan.json");
  expect(rejection).toContain('This plan cannot be compared with the configuration in "contacts"');
  expect(sandbox.front.requests).toHaveLength(before);
  const { code, out, err } = await sandbox.run("apply plan.json --detached");
  expect(code).toBe(0);
  expect(err).toContain("without comparing it with the configuration (--detached)");
  expect(out).toMatch(
    /Apply complete! Resources: 0 added, 2 changed, 0 destroyed\.\n.*\nApplied without the configuration \(--detached\)/,
  );
});

test("apply --detached names the picture that is not on this machine", async () => {
  await using sandbox = await Sandbox.withFront();
  sandbox.write("contacts/dale.png", await portrait(1).png().toBuffer());
  sandbox.write(
    "contacts/town.yaml",
    "contacts: { dale: { handles: [{ source: email, handle: dale@fbi.example }], avatar: dale.png } }\n",
  );
  await sandbox.succeed("plan --out plan.json");
  rmSync(join(sandbox.directory, "contacts"), { recursive: true });
  expect(await sandbox.fail("apply plan.json --detached")).toMatch(
    /"contacts\/dale\.png" does not exist or cannot be read\n+ +A saved plan does not contain pictures\. Restore the file/,
  );
});

test("apply rejects the configuration of another company", async () => {
  await using sandbox = await createPlannedChange();
  sandbox.write("contacts/settings.yaml", "settings: { company: cmp_other }\n");
  const before = sandbox.front.requests.length;
  const err = await sandbox.fail("apply plan.json");
  expect(err).toContain('This plan is for company "cmp_tp1", but the configuration is for "cmp_other"');
  expect(sandbox.front.requests).toHaveLength(before);
});

const invalidPlans: [string, (plan: Record<string, unknown>) => string, RegExp][] = [
  [
    "that was edited by hand",
    (plan) => JSON.stringify({ ...plan, created_at: "1990-04-08" }),
    /was changed after it was written/,
  ],
  ["of another format", (plan) => JSON.stringify({ ...plan, format_version: "2.0" }), /has the plan format 2\.0/],
  ["that is truncated", (plan) => JSON.stringify(plan).slice(0, -20), /is not a plan/],
  ["without a format version", () => '{"resource_changes":[]}', /is not a saved plan/],
  [
    "that was printed with --json",
    () => '{"format_version":"1.2","resource_changes":[]}',
    /is not a saved plan\s+.*plan --out FILE/,
  ],
  ["that is empty", () => "", /is not a plan/],
];

test.each(invalidPlans)("apply rejects a plan file %s, without sending a request", async (_, edit, reason) => {
  await using sandbox = await createPlannedChange();
  writeFileSync(join(sandbox.directory, "plan.json"), edit(readPlan(sandbox)));
  const before = sandbox.front.requests.length;
  const { code, out, err } = await sandbox.run("apply plan.json");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(reason);
  expect(sandbox.front.requests).toHaveLength(before);
});

test("apply rejects a plan for another company before any write", async () => {
  await using sandbox = await createPlannedChange();
  await using other = await Sandbox.withFront({ seed: { company: { id: "cmp_other", name: "Other" } } });
  other.write("plan.json", sandbox.read("plan.json"));
  other.write("contacts/town.yaml", sandbox.read("contacts/town.yaml"));
  const err = await other.fail("apply plan.json");
  expect(err).toContain('This plan is for company "cmp_tp1", but the token belongs to "cmp_other"');
  expect(other.front.requests.map(({ path }) => path)).toEqual(["/me"]);
});

test("plan --out saves a plan with errors, which apply rejects", async () => {
  await using sandbox = await createPlannedChange();
  sandbox.write("contacts/town.yaml", TOWN.replace("Job Title", "Job title"));
  await sandbox.fail("plan --out plan.json");
  expect(await sandbox.fail("apply plan.json")).toContain("This plan has errors");
});

test("apply --json reports a refused contact of a saved plan before the planned changes", async () => {
  await using sandbox = await createPlannedChange();
  await sandbox.front.asTeammate("PATCH", DALE, { custom_fields: { "Job Title": "Log Lady" } });
  const { code, out } = await sandbox.run("apply plan.json --json");
  expect(code).toBe(1);
  const events = parseJsonLines(out);
  expect(events.map(({ type }) => type)).toEqual([
    "version",
    "diagnostic",
    "planned_change",
    "change_summary",
    "apply_start",
    "apply_complete",
    "change_summary",
  ]);
  expect(events[1].diagnostic.summary).toContain("changed in Front after this plan: Job Title");
  expect(events[5].hook.resource.addr).toBe("front_contact.harry-truman");
});

test("a saved plan that changes every contact needs a higher limit in the configuration, and no option at apply", async () => {
  const contacts = Array.from({ length: 12 }, (_, index) => ({ name: "Old", handles: [`email:a${index}@x.example`] }));
  await using sandbox = await Sandbox.withFront({ seed: { contacts } });
  const entries = contacts.map(
    (_, index) => `  a${index}:\n    name: New\n    handles: [{ source: email, handle: a${index}@x.example }]\n`,
  );
  const files = sandbox.write("contacts/all.yaml", `contacts:\n${entries.join("")}`);
  const err = await files.fail("plan --out plan.json");
  expect(err).toContain("12 of 12 contacts would change; the limit is 10");
  expect(err).toMatch(/Saved the plan with its errors to plan\.json\. It cannot be applied\.\n$/);
  expect((await files.fail("apply plan.json")).replace(/\s+/g, " ")).toContain(
    "Fix the errors in the plan, then create it again. Run 'front-contacts plan --out FILE'.",
  );
  sandbox.write("contacts/settings.yaml", "settings: { guards: { changes: 100% } }\n");
  await sandbox.succeed("plan --out plan.json");
  expect(await sandbox.succeed("apply plan.json")).toContain("Resources: 0 added, 12 changed, 0 destroyed.");
});
