import { expect, test } from "@jest/globals";
import { renderSnapshot, renderSnapshotProgress, renderSnapshotWarnings } from "../../../cli/views/snapshot.ts";

const PACE = { perMinute: 80 };

test.each([
  ["1,200 contacts", { phase: "contacts", done: 1200, total: undefined, requestsLeft: undefined }],
  [
    "1,200 of about 20,000 contacts, about 2 min left",
    { phase: "contacts", done: 1200, total: 20_000, requestsLeft: 188 },
  ],
  ["20,000 contacts", { phase: "contacts", done: 20_000, total: 20_000, requestsLeft: 0 }],
  ["1 account", { phase: "accounts", done: 1, total: 1, requestsLeft: 0 }],
  ["3 of 40 accounts, about 28 s left", { phase: "accounts", done: 3, total: 40, requestsLeft: 37 }],
] as const)("the progress of a snapshot is %s", (text, progress) => {
  expect(renderSnapshotProgress(progress, PACE)).toBe(text);
});

test("the progress of a snapshot contains no remaining time before the rate limit is known", () => {
  const progress = { phase: "avatars", done: 1, total: 900, requestsLeft: 899 } as const;
  expect(renderSnapshotProgress(progress, undefined)).toBe("1 of 900 avatars");
});

const NO_OMISSIONS = { items: [], accountProperties: [], unlistedMembers: [] };

const SUMMARY = {
  company: { id: "cmp_k30", name: "Ac\u202eme" },
  contacts: 1,
  lists: 0,
  customFields: 2,
  accounts: 0,
  teammates: 1,
  inboxes: 3,
  avatars: 0,
  unreadableListings: ["accounts"],
  unreadableReasons: new Map([["accounts", "Front responded: No\u001b access"]]),
  omissions: NO_OMISSIONS,
  requests: 1400,
  bytes: 7,
};

test("the summary of a snapshot counts the copied objects and escapes text from Front", () => {
  expect(renderSnapshot(SUMMARY, "company.json").split("\n").slice(0, 2)).toEqual([
    "Wrote company.json: 1 contact, 2 custom fields, 1 teammate, 3 inboxes of Ac\\u{202e}me (cmp_k30).",
    "Requests: 1,400 made.",
  ]);
});

test("a snapshot warns about data that the token cannot read", () => {
  expect(renderSnapshotWarnings(SUMMARY)).toBe(
    "Warning: The token cannot read accounts (scope accounts:read): the snapshot contains neither accounts nor their members. Front responded: No\\u{1b} access\n",
  );
});

test("a snapshot warns about omitted data and names five of each kind", () => {
  const ids = ["a", "b\u202e", "c", "d", "e", "f", "g"];
  const omissions = {
    items: ids.map((id) => ({ listing: "contacts", shown: id })),
    accountProperties: ["logo_url"],
    unlistedMembers: ["crd_9"],
  };
  expect(renderSnapshotWarnings({ ...SUMMARY, unreadableListings: [], omissions }).split("\n")).toEqual([
    'Warning: The snapshot omits items of the listing "contacts", usually because their IDs are invalid: a, b\\u{202e}, c, d, e, 2 more.',
    "Warning: The snapshot omits properties of accounts: logo_url.",
    "Warning: The snapshot omits account members that are missing from Front's list of contacts: crd_9.",
    "",
  ]);
});
