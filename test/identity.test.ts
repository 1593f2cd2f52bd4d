import { expect, test } from "@jest/globals";
import type { DesiredContact, RemoteContact } from "../src/contact.ts";
import { explainIdentity, Holders, identify } from "../src/identity.ts";
import { at, desired, remote } from "./support/builders.ts";

/** Who each entry is, in a word: `new`, an id, or what is in the way. */
function whoIsWho(wanted: readonly DesiredContact[], present: readonly RemoteContact[]): Record<string, string> {
  const identities = identify(wanted, new Holders(present));
  return Object.fromEntries(wanted.map((contact) => [contact.key, word(identities.get(contact))]));
}

function word(identity: ReturnType<ReturnType<typeof identify>["get"]>): string {
  switch (identity?.kind) {
    case "known":
      return identity.contact.id;
    case "several":
      return `several: ${identity.contacts.map(({ id }) => id).join(" ")}`;
    case "taken":
      return `taken: ${identity.contact.id} is ${identity.by.key}`;
    default:
      return identity?.kind ?? "forgotten";
  }
}

const ADA = remote(["ada@x.example", "+441"]);
const BOB = remote(["bob@x.example", "+442"]);

type Case = [string, DesiredContact[], RemoteContact[], Record<string, string>];

const cases: Case[] = [
  ["is new when nobody holds a handle of it", [desired("ada@x.example")], [BOB], { ada: "new" }],
  ["is whoever holds its handle", [desired("ada@x.example")], [ADA, BOB], { ada: "crd_ada" }],
  ["is found by any of its handles", [desired(["new@x.example", "+441"])], [ADA], { new: "crd_ada" }],
  ["is found whatever the case of its email", [desired("ADA@X.example")], [ADA], { ada: "crd_ada" }],
  ["is found whatever the spelling of its phone", [desired("+44-1")], [remote("44 1")], { "441": "crd_441" }],
  [
    "keeps the case of a handle that is neither",
    [desired("twitter:Ada")],
    [remote("twitter:ada")],
    { twitterada: "new" },
  ],
  ["tells sources apart", [desired("custom:ada@x.example")], [ADA], { customada: "new" }],
  [
    "is nobody for certain when two contacts hold its handles",
    [desired(["ada@x.example", "bob@x.example"])],
    [ADA, BOB],
    { ada: "several: crd_ada crd_bob" },
  ],
  [
    "is the contact it is pinned to, without a common handle",
    [desired("eve@x.example", { id: "crd_ada" })],
    [ADA],
    { eve: "crd_ada" },
  ],
  [
    "is missing when the contact it is pinned to is",
    [desired("ada@x.example", { id: "crd_gone" })],
    [ADA],
    { ada: "unpinned" },
  ],
  [
    "is nobody for certain when it is pinned to one contact and another holds its handle",
    [desired("bob@x.example", { id: "crd_ada" })],
    [ADA, BOB],
    { bob: "several: crd_ada crd_bob" },
  ],
];

test.each(cases)("a contact %s", (_, wanted, present, expected) => {
  expect(whoIsWho(wanted, present)).toEqual(expected);
});

const rivals: Case[] = [
  [
    "to the one that claims more of its handles",
    [desired("ada@x.example"), desired(["zoe@x.example", "+441", "twitter:ada"])],
    [remote(["ada@x.example", "+441", "twitter:ada"])],
    { ada: "taken: crd_ada is zoe", zoe: "crd_ada" },
  ],
  [
    "to the one that is pinned to it, however many handles the other claims",
    [desired(["ada@x.example", "+441"]), desired("zoe@x.example", { id: "crd_ada" })],
    [ADA],
    { ada: "taken: crd_ada is zoe", zoe: "crd_ada" },
  ],
  [
    "else to the first in the order of keys",
    [desired("zoe@x.example"), desired("+441", { key: "ada" })],
    [remote(["zoe@x.example", "+441"])],
    { ada: "crd_zoe", zoe: "taken: crd_zoe is ada" },
  ],
];

test.each(rivals)("a contact that two entries claim belongs %s", (_, wanted, present, expected) => {
  expect(whoIsWho(wanted, present)).toEqual(expected);
  expect(whoIsWho(wanted.toReversed(), present.toReversed())).toEqual(expected);
});

test("two contacts whose emails differ in case only are told apart by the exact spelling", () => {
  const present = [remote("ada@x.example", { id: "crd_1" }), remote("Ada@x.example", { id: "crd_2" })];
  expect(whoIsWho([desired("Ada@x.example")], present)).toEqual({ ada: "crd_2" });
  expect(whoIsWho([desired("ada@x.example")], present)).toEqual({ ada: "crd_1" });
  expect(whoIsWho([desired("ADA@x.example")], present)).toEqual({ ada: "several: crd_1 crd_2" });
});

test("a contact that was read twice is one contact, as it was read last", () => {
  const holders = new Holders([remote(["ada@x.example", "+441"]), remote("ada@x.example", { name: "Ada" })]);
  expect(holders.all().map(({ name }) => name)).toEqual(["Ada"]);
  expect(
    identify([desired(["ada@x.example", "+441"])], holders)
      .values()
      .next().value,
  ).toMatchObject({
    kind: "known",
    contact: { name: "Ada" },
  });
});

type Explained = [string, DesiredContact[], RemoteContact[], { code: string; summary: RegExp; place: unknown }];

const explained: Explained[] = [
  [
    "names every contact that holds a handle, and which",
    [desired(["ada@x.example", "bob@x.example"])],
    [{ ...ADA, name: "Ada" }, BOB],
    {
      code: "identity-ambiguous",
      summary:
        /belong to several contacts in Front: Ada \(crd_ada, ada@x\.example\) and a contact without a name \(crd_bob/,
      place: at(10),
    },
  ],
  [
    "points at the handle that another entry's contact holds",
    [desired("ada@x.example"), desired(["zoe@x.example", "zo@x.example", "+441"])],
    [remote(["ada@x.example", "+441"])],
    { code: "handle-taken", summary: /phone \+441 is held by .* \(crd_ada\) in Front, which is ada/, place: at(13) },
  ],
  [
    "says that a pinned contact is gone",
    [desired("ada@x.example", { id: "crd_gone" })],
    [],
    { code: "id-unknown", summary: /no contact crd_gone, which ada is pinned to/, place: at(10) },
  ],
];

test.each(explained)("%s", (_, wanted, present, expected) => {
  const identities = identify(wanted, new Holders(present));
  const found = wanted.flatMap((contact) => explainIdentity(contact, identities.get(contact)));
  expect(found).toEqual([
    {
      severity: "error",
      advice: expect.stringMatching(/\.$/),
      ...expected,
      summary: expect.stringMatching(expected.summary),
    },
  ]);
});
