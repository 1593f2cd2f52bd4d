import { describe, expect, test } from "@jest/globals";
import { FULL_PAGES } from "../support/emulator.ts";
import { parseJsonLines, Sandbox } from "../support/sandbox.ts";

const TOWN = `contacts:
  dale-cooper:
    handles: [{ source: email, handle: dale@fbi.example }]
    lists: [VIP]
lists:
  VIP: { members: exact }
`;

const contact = (name: string | null, source: string, handle: string) => ({
  name,
  handles: [{ source, handle }],
  lists: ["VIP"],
});
const SEED = {
  lists: ["VIP"],
  contacts: [
    contact("Dale Cooper", "email", "dale@fbi.example"),
    contact("Ben Horne", "email", "ben@horne.example"),
    contact(null, "phone", "+13605550123"),
  ],
};

async function withTown(files = TOWN): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront({ seed: SEED, behavior: FULL_PAGES });
  return sandbox.write("contacts/town.yaml", files);
}

describe("a plan for exact or deleted lists", () => {
  test("in text, shows the contacts that leave a list", async () => {
    await using sandbox = await withTown();
    const out = await sandbox.succeed("plan");
    expect(out).toContain(`  # front_contact_list.this["VIP"] will be updated in-place
  # contacts/town.yaml:6
  ~ front_contact_list "VIP" {
        id            = "grp_1001"
        name          = "VIP"
      ~ members       = [
          - "Ben Horne" (email "ben@horne.example", crd_1003)
          - "+13605550123" (phone "+13605550123", crd_1004)
        ]
    }
`);
  });

  test("in Markdown, masks the handles of contacts that leave a list", async () => {
    await using sandbox = await withTown();
    const out = await sandbox.succeed("plan --format markdown");
    expect(out).toContain("`Ben Horne, b***@horne.example#da9b` removed");
    expect(out).not.toContain("3605550123");
  });

  test("in JSON, contains the contacts that leave a list, and counts them in the totals", async () => {
    await using sandbox = await withTown();
    const json = JSON.parse(await sandbox.succeed("plan --json"));
    expect(json.resource_changes).toMatchObject([
      {
        address: 'front_contact_list.this["VIP"]',
        change: {
          actions: ["update"],
          before: {
            members: [
              { id: "crd_1003", name: "Ben Horne" },
              { id: "crd_1004", name: null },
            ],
          },
          after: { members: [] },
        },
        front_contacts: { id: "grp_1001" },
      },
    ]);
    expect(json.front_contacts.totals.removed).toEqual([
      { attribute: "lists", key: "VIP", effect: "removed", count: 2 },
    ]);
    expect(json.front_contacts.totals.losing).toHaveLength(2);
  });

  test("in HTML, shows the contacts that leave a list", async () => {
    await using sandbox = await withTown();
    const out = await sandbox.succeed("plan --format html");
    expect(out).toContain('<th scope="row">member</th><td><del>Ben Horne, ben@horne.example</del>');
    expect(out).toContain("2 contacts would lose data");
    expect(out).toMatch(/<li data-a="update" data-t="\d+" data-g="0" data-l="0" data-o="" data-d>/);
  });

  test("counts deleted lists and accounts separately from contacts that would lose data", async () => {
    await using sandbox = await Sandbox.withFront({
      seed: {
        lists: ["Empty", "Full"],
        contacts: [{ name: "Ann", handles: ["email:ann@x.example"], lists: ["Full"] }],
        accounts: [{ name: "Gone", domains: ["gone.example"] }],
      },
    });
    const lists = ["Empty", "Full"].map((name) => `  ${name}: { ensure: absent }\n`);
    sandbox.write(
      "contacts/lists.yaml",
      `contacts:\n  new: { handles: [{ source: email, handle: n@x.example }] }\nlists:\n${lists[0]}`,
    );
    expect(await sandbox.succeed("plan")).toContain(`  1 list would lose data:\n    - 1  list to destroy: "Empty"\n`);
    sandbox.write("contacts/more.yaml", `lists:\n${lists[1]}`);
    const out = await sandbox.succeed("plan --allow-removals 1");
    expect(out).toContain("  1 contact and 2 lists would lose data:\n    - 2  lists to destroy: ");
    sandbox.write("contacts/gone.yaml", "accounts: { gone: { ensure: absent, domains: [gone.example] } }\n");
    expect(await sandbox.succeed("plan --allow-removals 1")).toContain(
      "  1 contact, 1 account and 2 lists would lose data:",
    );
  });

  test("in JSON, omits the list from the planned values of a contact that leaves it", async () => {
    await using sandbox = await withTown(
      `${TOWN.replace("lists: [VIP]", "lists: [VIP]\n  ben-horne:\n    name: Ben\n    handles: [{ source: email, handle: ben@horne.example }]\n    lists: [Town]")}  Town: {}\n`,
    );
    const { resource_changes: changes } = JSON.parse(await sandbox.succeed("plan --json"));
    expect(changes.find(({ name }: { readonly name: string }) => name === "ben-horne").change).toMatchObject({
      before: { lists: ["VIP"] },
      after: { lists: ["Town"] },
    });
    await sandbox.succeed("plan --out plan.json");
    await sandbox.succeed("apply plan.json");
  });

  test("does not look up a contact that is on an exact list", async () => {
    await using sandbox = await withTown();
    await sandbox.run("plan");
    expect(sandbox.front.requests.map(({ path }) => path.replace(/\?.*/, ""))).toEqual([
      "/me",
      "/contact_lists",
      "/contact_lists/grp_1001/contacts",
    ]);
  });
});

const namesOnVip = async (sandbox: Sandbox): Promise<unknown> => {
  return (await sandbox.list("/contact_lists/grp_1001/contacts")).map(({ name }) => name);
};

describe("an apply for exact or deleted lists", () => {
  test("removes undeclared members, verifies the list, and leaves no changes for the next plan", async () => {
    await using sandbox = await withTown();
    const out = await sandbox.succeed("apply --auto-approve");
    expect(out).toContain("Apply complete! Resources: 0 added, 1 changed, 0 destroyed.");
    expect(out).toContain("Requests: 2 predicted, 2 made.");
    expect(await namesOnVip(sandbox)).toEqual(["Dale Cooper"]);
    expect(await sandbox.succeed("plan")).toContain("No changes.");
  });

  test("reports the list and its error once in the events", async () => {
    await using sandbox = await withTown();
    sandbox.front.faults = [{ kind: "status", status: 400, method: "DELETE", times: 1 }];
    const failed = await sandbox.run("apply --auto-approve --json");
    const problems = parseJsonLines(failed.out).filter(({ type }) => type === "diagnostic");
    expect(problems).toMatchObject([
      { diagnostic: { code: "operation-failed", address: 'front_contact_list.this["VIP"]' } },
    ]);
    const out = await sandbox.succeed("apply --auto-approve --json");
    const types = parseJsonLines(out).map(({ type }) => type);
    expect(types.filter((type) => type === "apply_start")).toHaveLength(1);
    expect(types.filter((type) => type === "apply_complete")).toHaveLength(1);
  });

  test("fails verification if Front keeps an undeclared member", async () => {
    await using sandbox = await withTown();
    sandbox.front.faults = [{ kind: "status", status: 204, method: "DELETE" }];
    const err = await sandbox.fail("apply --auto-approve");
    expect(err).toContain(
      'front_contact_list.this["VIP"] is not as planned: contact Ben Horne (crd_1003) was not removed',
    );
  });

  test("deletes a list with contacts on it if --allow-removals permits their number", async () => {
    await using sandbox = await withTown("lists: { VIP: { ensure: absent } }\n");
    const err = await sandbox.fail("apply --auto-approve");
    expect(err).toContain('The list "VIP" would be deleted with 3 contacts on it');
    const out = await sandbox.succeed("apply --auto-approve --allow-removals 3");
    expect(out).toContain("Resources: 0 added, 0 changed, 1 destroyed.");
    expect(out).toContain("Requests: 3 predicted, 3 made.");
    expect(await sandbox.get("/contact_lists")).toMatchObject({ _results: [] });
    expect(await sandbox.list("/contacts")).toHaveLength(3);
  });
});

describe("a saved plan for exact or deleted lists", () => {
  async function withSavedPlan(files = TOWN): Promise<Sandbox> {
    const sandbox = await withTown(files);
    await sandbox.succeed("plan --out plan.json");
    return sandbox;
  }
  async function addMember(sandbox: Sandbox): Promise<void> {
    const handles = [{ source: "email", handle: "late@x.example" }];
    await sandbox.front.asTeammate("POST", "/contacts", { name: "Late", handles, list_names: ["VIP"] });
  }

  test.each(["", " --detached"])("removes the reviewed contacts from the list: apply plan.json%s", async (option) => {
    await using sandbox = await withSavedPlan();
    expect(await sandbox.succeed(`apply plan.json${option}`)).toContain("Resources: 0 added, 1 changed, 0 destroyed.");
    expect(await namesOnVip(sandbox)).toEqual(["Dale Cooper"]);
  });

  test("does not remove a contact that was added to the list after the plan", async () => {
    await using sandbox = await withSavedPlan();
    await addMember(sandbox);
    await sandbox.succeed("apply plan.json");
    expect(await namesOnVip(sandbox)).toEqual(["Dale Cooper", "Late"]);
  });

  test("does not remove a contact that received a handle after the plan", async () => {
    await using sandbox = await withSavedPlan();
    await sandbox.front.asTeammate("POST", "/contacts/crd_1003/handles", { source: "email", handle: "new@x.example" });
    await sandbox.succeed("apply plan.json");
    expect(await namesOnVip(sandbox)).toEqual(["Dale Cooper", "Ben Horne"]);
  });

  const MERGE = `  ben-horne:
    handles: [{ source: email, handle: ben@horne.example }, { source: phone, handle: "+13605550123" }]
    merge: true
`;
  /** Merges two contacts, as an interrupted apply of the plan would. */
  const merge = (sandbox: Sandbox, target_contact_id: string) =>
    sandbox.front.asTeammate("POST", "/contacts/merge", { target_contact_id, contact_ids: ["crd_1004"] });

  test("removes a contact that an interrupted apply of the plan merged", async () => {
    await using sandbox = await withSavedPlan(TOWN.replace("lists:\n  VIP", `${MERGE}lists:\n  VIP`));
    await merge(sandbox, "crd_1003");
    await sandbox.succeed("apply plan.json");
    expect(await namesOnVip(sandbox)).toEqual(["Dale Cooper"]);
  });

  test("deletes a list with a contact that an interrupted apply of the plan merged", async () => {
    const unlistedContact = { ...contact(null, "phone", "+13605550123"), lists: [] };
    await using sandbox = await Sandbox.withFront({
      seed: { ...SEED, contacts: [unlistedContact, ...SEED.contacts.slice(0, 2)] },
    });
    sandbox.write("contacts/town.yaml", `contacts:\n${MERGE}lists:\n  VIP: { ensure: absent }\n`);
    await sandbox.succeed("plan --out plan.json --allow-removals 3");
    await merge(sandbox, "crd_1002");
    await sandbox.succeed("apply plan.json");
    expect(await sandbox.get("/contact_lists")).toMatchObject({ _results: [] });
  });

  test("deletes a list with a contact that was renamed after the plan", async () => {
    await using sandbox = await withTown("contacts: {}\nlists:\n  VIP: { ensure: absent }\n");
    await sandbox.succeed("plan --out plan.json --allow-removals 3");
    await sandbox.front.asTeammate("PATCH", "/contacts/crd_1003", { name: "Benjamin Horne" });
    await sandbox.succeed("apply plan.json");
    expect(await sandbox.get("/contact_lists")).toMatchObject({ _results: [] });
  });

  test("does not remove a contact that an entry added to the list after the plan", async () => {
    await using sandbox = await withSavedPlan();
    const ben = "  ben-horne:\n    handles: [{ source: email, handle: ben@horne.example }]\n    lists: [VIP]\n";
    sandbox.write("contacts/town.yaml", TOWN.replace("lists:\n  VIP", `${ben}lists:\n  VIP`));
    await sandbox.succeed("apply plan.json");
    expect(await namesOnVip(sandbox)).toEqual(["Dale Cooper", "Ben Horne"]);
  });

  test("removes the contact of an entry that was removed since the base, but not a contact that was added in Front", async () => {
    const ben = "  ben-horne:\n    handles: [{ source: email, handle: ben@horne.example }]\n    lists: [VIP]\n";
    await using sandbox = await withTown(TOWN.replace("lists:\n  VIP", `${ben}lists:\n  VIP`));
    sandbox.createRepository(".");
    await sandbox.write("contacts/town.yaml", TOWN).succeed("plan --out plan.json --base HEAD");
    await sandbox.succeed("apply plan.json");
    expect(await namesOnVip(sandbox)).toEqual(["Dale Cooper", null]);
  });

  test("does not update a list whose declaration changed after the plan", async () => {
    await using sandbox = await withSavedPlan();
    sandbox.write("contacts/town.yaml", TOWN.replace("{ members: exact }", "{}"));
    const err = await sandbox.fail("apply plan.json");
    expect(err).toContain("VIP in this plan differs from the configuration: members\n");
    expect(await namesOnVip(sandbox)).toHaveLength(3);
  });

  test("does not delete a list if a contact was added to it after the plan", async () => {
    await using sandbox = await withTown("lists: { VIP: { ensure: absent } }\n");
    await sandbox.run("plan --out plan.json --allow-removals 3");
    await addMember(sandbox);
    expect(await sandbox.fail("apply plan.json")).toContain("VIP changed in Front after this plan: member Late");
    expect(await namesOnVip(sandbox)).toHaveLength(4);
  });
});

describe("an undo", () => {
  test("restores the members that left the list", async () => {
    await using sandbox = await withTown();
    await sandbox.run("apply --auto-approve");
    expect(await sandbox.succeed("undo --auto-approve")).toContain("Resources: 0 added, 2 changed, 0 destroyed.");
    expect(await namesOnVip(sandbox)).toEqual(["Dale Cooper", "Ben Horne", null]);
  });

  test("reports a member that cannot be restored", async () => {
    await using sandbox = await withTown();
    await sandbox.run("apply --auto-approve");
    await sandbox.front.asTeammate("DELETE", "/contacts/crd_1003");
    const { err } = await sandbox.run("undo --auto-approve");
    expect(err).toContain("is not restored: crd_1003 was deleted or merged after the run");
    expect(await namesOnVip(sandbox)).toEqual(["Dale Cooper", null]);
  });

  test("recreates a deleted list with its contacts", async () => {
    await using sandbox = await withTown("lists: { VIP: { ensure: absent } }\n");
    await sandbox.run("apply --auto-approve --allow-removals 3");
    const { code, err } = await sandbox.run("undo --auto-approve");
    expect(err).toContain('front_contact_list.this["VIP"] is created again with a new ID');
    expect(code).toBe(0);
    const [{ id }] = await sandbox.list("/contact_lists");
    expect(await sandbox.list(`/contact_lists/${id}/contacts`)).toHaveLength(3);
  });

  test("recreates an empty list, and deletes it if the undo is undone", async () => {
    await using sandbox = await Sandbox.withFront({ seed: { lists: ["VIP"] } });
    await sandbox.write("contacts/town.yaml", "lists: { VIP: { ensure: absent } }\n").run("apply --auto-approve");
    expect(await sandbox.get("/contact_lists")).toMatchObject({ _results: [] });
    await sandbox.succeed("undo --auto-approve");
    expect(await sandbox.get("/contact_lists")).toMatchObject({ _results: [{ name: "VIP" }] });
    await sandbox.succeed("undo --auto-approve");
    expect(await sandbox.get("/contact_lists")).toMatchObject({ _results: [] });
  });
});

test("plan reports the location of a list in an unknown workspace", async () => {
  await using sandbox = await withTown(TOWN.replace("members: exact", "team: tim_unknown"));
  const err = await sandbox.fail("plan");
  expect(err).toContain('The list "VIP" is declared in the workspace tim_unknown, which does not exist in Front');
  expect(err).toContain("contacts/town.yaml:6");
});
