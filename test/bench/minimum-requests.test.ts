import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { onlyInFull } from "../scale.ts";
import { Sandbox } from "../support/sandbox.ts";
import { CASES, type Work } from "./cases.ts";
import {
  idealTime,
  minimumToApply,
  minimumToPlan,
  minimumToVerify,
  splitByPhase,
  totalOf,
} from "./minimum-requests.ts";
import { applyWithPlainScript } from "./plain-script.ts";

const readingCases: readonly (readonly [string, Parameters<typeof minimumToPlan>[0], number])[] = [
  ["an empty company", { existing: 0, lookUps: 20 }, 2],
  ["one page", { existing: 100, lookUps: 100 }, 2],
  ["one contact more than a page", { existing: 101, lookUps: 101 }, 3],
  ["a few contacts among many", { existing: 100_000, lookUps: 50 }, 51],
  ["the members of a list, if nothing else is declared", { lists: true, members: [101], existing: 500, lookUps: 0 }, 4],
  ["one account among many", { accounts: { existing: 9_000, names: 1 }, existing: 0, lookUps: 0 }, 2],
  [
    "accounts and their fields",
    { accountFields: true, accounts: { existing: 101, names: 9 }, existing: 0, lookUps: 0 },
    4,
  ],
  ["the contacts of two accounts", { accountMembers: [0, 101], existing: 0, lookUps: 0 }, 4],
  ["contacts, custom fields and lists", { fields: true, lists: true, existing: 10_000, lookUps: 10_000 }, 103],
];

test.each(readingCases)("minimumToPlan returns the minimum number of requests to read %s", (_, work, requests) => {
  expect(minimumToPlan(work)).toBe(requests);
});

const writingCases: readonly (readonly [string, Parameters<typeof minimumToApply>[0], number])[] = [
  ["the tutorial's contact", { listsCreated: 1, created: 1, pictures: 1 }, 5],
  ["eleven new contacts with lists", { created: 11, createdWithLists: 11 }, 13],
  ["a custom field", { customFieldsChanged: 1 }, 2],
  ["fifty contacts that join a list", { joining: 50 }, 1],
  ["fifty-one contacts that join a list", { joining: 51 }, 2],
  ["two new accounts", { accountsCreated: 2 }, 5],
  ["three changed accounts", { accountsChanged: 3 }, 6],
  ["the deletion of an account with a hundred and one contacts", { accountsDeleted: [101] }, 4],
  ["the deletion of two lists, one of them empty", { listsDeleted: [101, 0] }, 5],
  ["fifty-one contacts that join an account, and one that leaves another account", { linked: 51, unlinked: 1 }, 3],
  ["a hundred and one contacts that leave a list", { leaving: 101 }, 3],
];

test.each(writingCases)("minimumToApply returns the minimum number of requests for %s", (_, work, requests) => {
  expect(minimumToApply(work)).toBe(requests);
});

const verifyingCases: readonly (readonly [string, Parameters<typeof minimumToVerify>[0], number])[] = [
  ["one change", { listed: 1 }, 1],
  ["a hundred and one changes", { listed: 101 }, 2],
  ["a few new members of a large list", { unlisted: 3, members: 10_000 }, 4],
  ["deleted lists", { listsDeleted: true }, 1],
  ["a hundred and one changed accounts and two deleted accounts", { accountsChanged: 101, accountsDeleted: 2 }, 4],
  ["new contacts of two accounts", { accountMembers: [1, 101] }, 3],
  ["many new members of a list", { unlisted: 1000, members: 1000 }, 11],
];

test.each(verifyingCases)(
  "minimumToVerify returns the minimum number of requests to verify %s",
  (_, work, requests) => {
    expect(minimumToVerify(work)).toBe(requests);
  },
);

test("the ideal time uses the rate limit minus the share of other clients and the reserve", () => {
  const budget = { limit: 200, others: 0.25, reserve: 0.25, window: 60_000 };
  expect(idealTime(101, budget)).toBe(60_000);
});

/** Small sizes. In every case except `tutorial` and `avatars`, the contacts fill more than one page. */
const SIZES: Readonly<Record<string, number>> = {
  tutorial: 1,
  new: 101,
  unchanged: 201,
  drift: 201,
  few: 6_000,
  twenty: 2_500,
  list: 101,
  avatars: 3,
};

describe.each(Object.entries(CASES))("benchmark %s:", (name, { make }) => {
  test("plan and apply take the minimum number of requests, and apply takes the predicted number", async () => {
    const work = await make(SIZES[name] ?? 1);
    await using sandbox = await createSandbox(work);
    const { requests } = sandbox.front;
    await sandbox.run("plan");
    const planned = await countPlanRequests(sandbox, work, requests.length);
    const before = requests.length;
    const out = await sandbox.succeed(["apply --auto-approve", ...(work.flags ?? [])].join(" "));
    const requestsByPhase = splitByPhase(requests.slice(before), planned);
    expect(requestsByPhase).toEqual(work.minimum);
    const [, predicted, reported] = /Requests: (\d+) predicted, (\d+) made\./.exec(out) ?? [];
    const expected = String(totalOf(work.minimum) - work.minimum.plan);
    if (expected !== "0") expect([predicted, reported]).toEqual([expected, expected]);
  });

  (name === "new" ? test : onlyInFull(test))("the plan is empty after the plain script", async () => {
    const work = await make(SIZES[name] ?? 1);
    await using sandbox = await createSandbox(work);
    await applyWithPlainScript(work.desired, join(sandbox.directory, "contacts"), sandbox.front);
    await sandbox.succeed("plan --detailed-exitcode");
  });
});

/**
 * Returns the number of requests of a plan when the size of the company is known. If lookups take fewer requests than
 * pages, the first plan may take up to twice this number.
 */
async function countPlanRequests(sandbox: Sandbox, { minimum }: Work, first: number): Promise<number> {
  if (first === minimum.plan) return first;
  expect(first).toBeLessThanOrEqual(2 * minimum.plan);
  const before = sandbox.front.requests.length;
  await sandbox.run("plan");
  return sandbox.front.requests.length - before;
}

async function createSandbox({ seed, files }: Work): Promise<Sandbox> {
  const sandbox = await Sandbox.withFront({ seed });
  for (const [path, content] of files) sandbox.write(join("contacts", path), content);
  return sandbox;
}

function person(index: number, attributes: object) {
  // The times are long ago, so that listings of recent changes do not include these contacts.
  const time = 1_700_000_000 + index;
  const handles = [`email:p${index}@x.example`];
  return { id: `crd_p${index}`, name: `Person ${index}`, handles, created_at: time, updated_at: time, ...attributes };
}

/** Returns entries for the last `count` of `total` contacts. */
function entriesText(count: number, total: number, properties: string): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const key = `p${total - 1 - index}`;
    return `  ${key}: { handles: [{ source: email, handle: ${key}@x.example }], ${properties} }\n`;
  });
  return `contacts:\n${lines.join("")}`;
}

const people = (count: number, attributes: object = {}) =>
  Array.from({ length: count }, (_, index) => person(index, attributes));

const listAndAccountCases: Readonly<Record<string, Omit<Work, "desired" | "files"> & { readonly yaml: string }>> = {
  "removing contacts from a list": {
    seed: { lists: ["VIP"], contacts: people(221, { lists: ["VIP"] }) },
    yaml: `${entriesText(101, 221, "lists: [VIP]")}lists: { VIP: { members: exact } }\n`,
    flags: ["--allow-removals 120"],
    minimum: {
      plan: minimumToPlan({ lists: true, members: [221], existing: 221, lookUps: 0 }),
      apply: minimumToApply({ leaving: 120 }),
      verification: minimumToVerify({ unlisted: 120, members: 101 }),
    },
  },
  "deleting a list with contacts": {
    seed: { lists: ["VIP"], contacts: people(101, { lists: ["VIP"] }) },
    yaml: "lists: { VIP: { ensure: absent } }\n",
    flags: ["--allow-removals 101"],
    minimum: {
      plan: minimumToPlan({ lists: true, members: [101], existing: 101, lookUps: 0 }),
      apply: minimumToApply({ listsDeleted: [101] }),
      verification: minimumToVerify({ listsDeleted: true }),
    },
  },
  "creating, changing and deleting accounts, and linking contacts": {
    seed: {
      contacts: people(152),
      account_custom_fields: [{ name: "Tier", type: "string" }],
      accounts: [
        { name: "Acme", external_id: "A-1", contacts: [] },
        { name: "Old", external_id: "A-2", contacts: people(101).map(({ id }) => id) },
      ],
    },
    yaml: `${entriesText(51, 152, "account: beta")}accounts:
  beta: { name: Beta, external_id: A-3 }
  gamma: { name: Gamma, domains: [gamma.example] }
  acme: { external_id: A-1, custom_fields: { Tier: Gold } }
  old: { external_id: A-2, ensure: absent }
`,
    flags: ["--allow-removals 102", "--allow-changes 51"],
    minimum: {
      plan: minimumToPlan({
        accountFields: true,
        accounts: { existing: 2, names: 4 },
        accountMembers: [101],
        existing: 152,
        lookUps: 51,
      }),
      apply: minimumToApply({ accountsCreated: 2, accountsChanged: 1, accountsDeleted: [101], linked: 51 }),
      verification: minimumToVerify({ accountsChanged: 3, accountsDeleted: 1, accountMembers: [51] }),
    },
  },
};

test.each(Object.entries(listAndAccountCases))(
  "%s takes the minimum number of requests",
  async (_, { seed, yaml, flags, minimum }) => {
    await using sandbox = await Sandbox.withFront({ seed });
    sandbox.write("contacts/people.yaml", yaml);
    const out = await sandbox.succeed(["apply --auto-approve", ...(flags ?? [])].join(" "));
    expect(splitByPhase(sandbox.front.requests, minimum.plan)).toEqual(minimum);
    expect(out).toMatch(/Requests: (\d+) predicted, \1 made\./);
  },
);
