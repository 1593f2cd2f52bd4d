import { expect, test } from "@jest/globals";
import type { Change, Difference } from "../../src/model/change.ts";
import type { RemoteContact } from "../../src/model/contact.ts";
import {
  desiredContact,
  desiredState,
  list,
  PICTURE,
  planFor,
  remoteContact,
  remoteState,
} from "../support/builders.ts";

const ADA = "ada@x.example";
const COMPANY = {
  lists: ["Old", "New"],
  fields: { Title: "string", Joined: "datetime", Age: "number", Boss: "teammate", Friends: "teammate_list" },
};

type EntryAttributes = Parameters<typeof desiredContact>[1];
type RemoteAttributes = Parameters<typeof remoteContact>[1];

function changeOf(
  attributes: EntryAttributes,
  contact: RemoteContact,
  contactsWithDeclaredAvatar: string[] = [],
): Change | undefined {
  const desired = desiredContact(ADA, attributes);
  const plan = planFor([desired], remoteState([contact], { ...COMPANY, contactsWithDeclaredAvatar }));
  // A plan with an error has no changes.
  expect(plan.diagnostics).toEqual([]);
  return plan.changes[0];
}

test.each<[string, EntryAttributes, RemoteAttributes]>([
  ["only the handle is managed", {}, { name: "Ada", description: "x", links: ["l"], lists: ["Old"] }],
  ["a name has different spaces around it", { name: "Ada " }, { name: " Ada" }],
  ["a name has a different Unicode normalization", { name: "Zoe\u0308" }, { name: "Zo\u00eb" }],
  ["the line endings differ", { description: "one\r\ntwo\n" }, { description: "one\ntwo" }],
  ["an empty description is declared and Front has none", { description: "" }, { description: "" }],
  ["links are in a different order", { links: ["b", "a"] }, { links: ["a", "c", "b"] }],
  ["lists are in a different order", { lists: ["New", "Old"] }, { lists: ["Old", "New"] }],
  ["no links are declared and Front has some", { links: [] }, { links: ["a"] }],
  [
    "a datetime has a fraction",
    { customFields: { Joined: "2024-01-01" } },
    { customFields: { Joined: 1704067200.789 } },
  ],
  [
    "a datetime has a different time zone",
    { customFields: { Joined: "2024-01-01T01:00:00+01:00" } },
    { customFields: { Joined: 1704067200 } },
  ],
  [
    "the email address of a teammate differs only in case",
    { customFields: { Boss: "Bob@x.example" } },
    { customFields: { Boss: "bob@X.example" } },
  ],
  ["a field to be cleared is empty", { customFields: { Title: null } }, { customFields: { Title: "" } }],
  ["a field to be cleared is null", { customFields: { Title: null } }, { customFields: { Title: null } }],
  ["a field to be cleared does not exist", { customFields: { Title: null } }, {}],
  ["a field to be set to an empty string does not exist", { customFields: { Title: "" } }, {}],
  [
    "the value of a field ends with a line break",
    { customFields: { Title: "Agent\n" } },
    { customFields: { Title: "Agent" } },
  ],
])("there is no difference if %s", (_, attributes, remoteAttributes) => {
  expect(changeOf(attributes, remoteContact(ADA, remoteAttributes))).toBeUndefined();
});

test.each([
  ["an email address in a different case", "Ada@X.Example", ADA],
  ["a phone number with spaces and parentheses", "+44 (0) 20 7946-0001", "+442079460001"],
  ["a phone number without its plus", "+442079460001", "442079460001"],
  ["a Twitter handle without its @", "twitter:ada", "twitter:@Ada"],
])("there is no difference for %s", (_, declared, remote) => {
  const desired = desiredContact(declared, { name: "Ada" });
  const { changes, diagnostics } = planFor([desired], remoteState([remoteContact(remote, { name: "Ada" })]));
  expect([changes, diagnostics]).toEqual([[], []]);
});

test.each<[string, EntryAttributes, RemoteAttributes, Difference[]]>([
  ["a changed name", { name: "Ada" }, { name: "Eva" }, [{ attribute: "name", before: "Eva", after: "Ada" }]],
  ["an added name", { name: "Ada" }, {}, [{ attribute: "name", after: "Ada" }]],
  [
    "a cleared description",
    { description: "" },
    { description: "x" },
    [{ attribute: "description", before: "x", after: "" }],
  ],
  ["an added link", { links: ["a", "b"] }, { links: ["a"] }, [{ attribute: "links", key: "b", after: "b" }]],
  ["an added list", { lists: ["Old", "New"] }, { lists: ["Old"] }, [{ attribute: "lists", key: "New", after: "New" }]],
  [
    "an added handle",
    { handles: desiredContact([ADA, "+1 23"]).handles },
    {},
    [{ attribute: "handles", key: "phone:+123", after: { source: "phone", handle: "+1 23" } }],
  ],
  [
    "a changed datetime",
    { customFields: { Joined: "2024-01-01" } },
    { customFields: { Joined: 1 } },
    [
      {
        attribute: "custom_fields",
        key: "Joined",
        before: "1970-01-01T00:00:01Z",
        after: "2024-01-01",
      },
    ],
  ],
  [
    "a cleared field",
    { customFields: { Title: null } },
    { customFields: { Title: "Agent" } },
    [{ attribute: "custom_fields", key: "Title", before: "Agent" }],
  ],
  [
    "a number instead of a string",
    { customFields: { Age: 42 } },
    { customFields: { Age: "42" } },
    [{ attribute: "custom_fields", key: "Age", before: "42", after: 42 }],
  ],
  [
    "a string in a different case",
    { customFields: { Title: "agent" } },
    { customFields: { Title: "Agent" } },
    [{ attribute: "custom_fields", key: "Title", before: "Agent", after: "agent" }],
  ],
])("%s is a difference", (_, attributes, remoteAttributes, differences) => {
  const found = changeOf(attributes, remoteContact(ADA, remoteAttributes))?.differences;
  expect(found).toEqual(differences);
});

test("fields and links may have the names of JavaScript properties", () => {
  const names = ["__proto__", "constructor", "toString", "length"];
  const fields = Object.fromEntries(names.map((name) => [name, "string"]));
  const customFields = Object.fromEntries(names.map((name) => [name, "new"]));
  const desired = desiredContact(ADA, { links: names, customFields });
  const { changes, diagnostics } = planFor([desired], remoteState([remoteContact(ADA)], { fields }));
  expect(diagnostics).toEqual([]);
  const keys = (attribute: string) =>
    changes[0]?.differences.filter((found) => found.attribute === attribute).map(({ key }) => key);
  expect(keys("custom_fields")?.sort()).toEqual([...names].sort());
  expect(keys("links")?.sort()).toEqual([...names].sort());
});

const AVATAR = `sha256:${PICTURE.sha256}`;

test.each([
  ["an added avatar", undefined, [], [{ attribute: "avatar", after: AVATAR }]],
  ["a changed avatar", "https://x/1", [], [{ attribute: "avatar", before: "https://x/1", after: AVATAR }]],
  ["no difference if Front has the declared picture", "https://x/1", ["crd_ada"], undefined],
])("comparing avatars returns %s", (_, avatarUrl, contactsWithDeclaredAvatar, expected) => {
  const change = changeOf({ avatar: PICTURE }, remoteContact(ADA, { avatarUrl }), contactsWithDeclaredAvatar);
  expect(change?.differences).toEqual(expected);
});

test("before and after contain only managed attributes, written as in configuration files", () => {
  const contact = remoteContact(["Ada@x.example", "+44 1"], {
    name: "Eva",
    description: "kept",
    lists: ["Old"],
    customFields: { Age: 1, Title: "x" },
  });
  const change = changeOf({ name: "Ada", lists: ["New"], customFields: { Title: "Agent" } }, contact);
  expect(change).toMatchObject({
    address: "front_contact.ada",
    action: "update",
    id: "crd_ada",
    before: {
      name: "Eva",
      handles: [
        { source: "email", handle: "Ada@x.example" },
        { source: "phone", handle: "+44 1" },
      ],
      lists: ["Old"],
      custom_fields: { Title: "x" },
    },
    after: {
      name: "Ada",
      handles: [
        { source: "email", handle: "Ada@x.example" },
        { source: "phone", handle: "+44 1" },
      ],
      lists: ["Old", "New"],
      custom_fields: { Title: "Agent" },
    },
  });
  expect(Object.keys(change?.before ?? {})).not.toContain("description");
});

test("a change contains the number of unmanaged values", () => {
  const contact = remoteContact([ADA, "+441", "twitter:ada"], {
    links: ["a", "b"],
    lists: ["Old", "New"],
    customFields: { Title: "x", Age: 1, Boss: null, Joined: "" },
  });
  const change = changeOf({ name: "Ada", links: ["a"], lists: ["Old"], customFields: { Title: "x" } }, contact);
  expect(change?.kept).toEqual({ handles: 2, links: 1, lists: 1, customFields: 1 });
});

test("lists with the same name in different workspaces are distinguished by ID", () => {
  const [sales, support] = [list("VIP", "grp_1"), list("VIP", "grp_2")];
  const desired = desiredState([desiredContact(ADA, { lists: [{ id: "grp_2" }] })]);
  const contact = remoteContact(ADA, { lists: [sales] });
  const { changes } = planFor(desired, remoteState([contact], { lists: [sales, support] }));
  expect(changes[0]).toMatchObject({
    before: { lists: ["VIP"] },
    after: { lists: ["VIP", "VIP (grp_2)"] },
    differences: [{ attribute: "lists", key: "VIP (grp_2)", after: "VIP (grp_2)" }],
  });
});
