import { describe, expect, test } from "@jest/globals";
import { Outside } from "../support/test-environment.ts";

const TOWN = `contacts:
  dale-cooper:
    handles: [{ source: email, handle: dale@fbi.example }]
    lists: [VIP]
lists:
  VIP: { members: exact }
`;

const contact = (name: string | null, source: string, handle: string) => ({
  ...{ name, handles: [{ source, handle }], lists: ["VIP"] },
});
const SEED = {
  lists: ["VIP"],
  contacts: [
    contact("Dale Cooper", "email", "dale@fbi.example"),
    contact("Ben Horne", "email", "ben@horne.example"),
    contact(null, "phone", "+13605550123"),
  ],
};

async function withTown(files = TOWN): Promise<Outside> {
  const outside = await Outside.withFront({ seed: SEED });
  return outside.write("contacts/town.yaml", files);
}

describe("a plan of a list with exact members", () => {
  test("names who leaves it in text", async () => {
    await using outside = await withTown();
    const { out, code } = await outside.run("plan");
    expect(code).toBe(0);
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

  test("masks the addresses of those who leave it", async () => {
    await using outside = await withTown();
    const { out } = await outside.run("plan --format markdown");
    expect(out).toContain("`Ben Horne, b***@horne.example#da9b` removed");
    expect(out).not.toContain("3605550123");
  });

  test("has them in JSON, and counts them in the totals", async () => {
    await using outside = await withTown();
    const json = JSON.parse((await outside.run("plan --json")).out);
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

  test("has them on its page, where the total selects the row of the list", async () => {
    await using outside = await withTown();
    const { out } = await outside.run("plan --format html");
    expect(out).toContain('<th scope="row">member</th><td><del>Ben Horne, ben@horne.example</del>');
    expect(out).toContain("2 contacts lose something");
    expect(out).toMatch(/<li data-a="update" data-t="\d+" data-g="0" data-l="0" data-o="" data-d>/);
  });

  test("needs no lookup of a contact that is on the list", async () => {
    await using outside = await withTown();
    await outside.run("plan");
    expect(outside.front.requests.map(({ path }) => path.replace(/\?.*/, ""))).toEqual([
      "/me",
      "/contact_lists",
      "/contact_lists/grp_1001/contacts",
    ]);
  });
});

const namesOnVip = async (outside: Outside): Promise<unknown> => {
  const { _results: members } = await outside.see("/contact_lists/grp_1001/contacts");
  return (members as { name: string }[]).map(({ name }) => name);
};

describe("an apply", () => {
  test("takes them off the list, verifies it, and leaves nothing to plan", async () => {
    await using outside = await withTown();
    const { out, code } = await outside.run("apply --auto-approve");
    expect(out).toContain("Apply complete! Resources: 0 added, 1 changed, 0 destroyed.");
    expect(out).toContain("Requests: 2 predicted, 2 made.");
    expect(code).toBe(0);
    expect(await namesOnVip(outside)).toEqual(["Dale Cooper"]);
    expect((await outside.run("plan")).out).toContain("No changes.");
  });

  test("fails verification if Front keeps one of them on it", async () => {
    await using outside = await withTown();
    outside.front.faults = [{ kind: "status", status: 204, method: "DELETE" }];
    const { err, code } = await outside.run("apply --auto-approve");
    expect(err).toContain(
      'front_contact_list.this["VIP"] is not as planned: contact Ben Horne (crd_1003) was not removed',
    );
    expect(code).toBe(1);
  });

  test("deletes a list with contacts on it if their number is allowed", async () => {
    await using outside = await withTown("lists: { VIP: { ensure: absent } }\n");
    const refused = await outside.run("apply --auto-approve");
    expect(refused.err).toContain('The list "VIP" would be deleted with 3 contacts on it');
    expect(refused.code).toBe(1);
    const { out, code } = await outside.run("apply --auto-approve --allow-removals 3");
    expect(out).toContain("Resources: 0 added, 0 changed, 1 destroyed.");
    expect(out).toContain("Requests: 3 predicted, 3 made.");
    expect(code).toBe(0);
    expect(await outside.see("/contact_lists")).toMatchObject({ _results: [] });
    expect((await outside.see("/contacts"))["_results"]).toHaveLength(3);
  });
});
