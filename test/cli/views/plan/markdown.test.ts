import { expect, test } from "@jest/globals";
import { maskFor, NO_MASK, teammatesOf } from "../../../../cli/views/mask-handles.ts";
import { renderMarkdown } from "../../../../cli/views/plan/markdown.ts";
import type { Diagnostic, SourceLocation } from "../../../../src/model/diagnostic.ts";
import {
  desiredContact,
  desiredState,
  locationAt,
  planFor,
  remoteContact,
  remoteState,
  withMembers,
} from "../../../support/builders.ts";
import { cellsOf, linesOutsideCode } from "../../../support/markdown.ts";

const UNMASKED_OPTIONS = { diagnostics: [], mask: NO_MASK } as const;

const PLAN = planFor(
  [
    desiredContact("ada@x.example", { name: "Ada" }),
    desiredContact("bob@x.example", { name: "Bob", description: "One\n- Two\nFour" }),
    desiredContact("cyd@x.example", { ensure: "absent" }),
  ],
  remoteState([
    remoteContact("bob@x.example", { name: "Robert", description: "One\n- Two\nThree" }),
    remoteContact("cyd@x.example"),
  ]),
);

test("a row shows where long names differ", () => {
  const start = "Department of Redundancy ".repeat(10);
  const plan = planFor(
    [desiredContact("ada@x.example", { name: `${start}new` })],
    remoteState([remoteContact("ada@x.example", { name: `${start}old` })]),
  );
  expect(renderMarkdown(plan, UNMASKED_OPTIONS)).toMatch(/\| name `….{40}old` to `….{40}new` \|/);
});

test("a row distinguishes descriptions that are set, changed and cleared", () => {
  const plan = planFor(
    [
      desiredContact("ada@x.example", { description: "New" }),
      desiredContact("bob@x.example", { description: "New" }),
      desiredContact("cyd@x.example", { description: "" }),
    ],
    remoteState([
      remoteContact("ada@x.example"),
      remoteContact("bob@x.example", { description: "Old" }),
      remoteContact("cyd@x.example", { description: "Old" }),
    ]),
  );
  const rows = renderMarkdown(plan, UNMASKED_OPTIONS).match(/description \w+ \|$/gm) ?? [];
  expect(rows.toSorted()).toEqual(["description changed |", "description cleared |", "description set |"]);
});

test("Markdown lists fewer warnings if the plan has changes", () => {
  const warning = {
    severity: "warning",
    code: "list-private",
    summary: "s".repeat(500),
    advice: "a".repeat(500),
  } as const;
  const diagnostics = Array.from({ length: 100 }, (): Diagnostic => warning);
  const warningCountWith = (plan: typeof PLAN | undefined) =>
    (renderMarkdown(plan, { ...UNMASKED_OPTIONS, diagnostics, limit: 20_000 }).match(/^- \*\*Warning/gm) ?? []).length;
  expect([warningCountWith(PLAN), warningCountWith(undefined)]).toEqual([3, 9]);
});

test("Markdown shows the totals, then the resources, then the details", () => {
  expect(renderMarkdown(PLAN, UNMASKED_OPTIONS)).toBe(`<!-- front-contacts plan -->
**Plan: 1 to add, 1 to change, 1 to destroy.**

Front company: \`Twin Peaks\` (\`cmp_tp1\`). Requests: 6 to apply this plan (1 create-contact, 1 update-contact, 1 delete-contact, 1 read, 2 verification). Read all 2 contacts in Front.

**1 contact would lose data:**

| Count | Removal | Resources |
|--:|---|---|
| 1 | contact to destroy | \`front_contact.cyd\` |

**Added or changed:**

| Count | Change | Resources |
|--:|---|---|
| 1 | description changed | \`Bob\` |
| 1 | name changed | \`Bob\` |

| Resource | Action | Changes |
|---|---|---|
| \`front_contact.cyd\` | **destroy** |  |
| \`Ada\` \`front_contact.ada\` | create | \`email ada@x.example\` added |
| \`Bob\` \`front_contact.bob\` | update | name \`Robert\` to \`Bob\`, description changed |

<details><summary>Details</summary>

**To be destroyed:** \`front_contact.cyd\` (\`contacts/people.yaml:10\`)

\`\`\`diff
- front_contact "cyd" {
      id            = "crd_cyd"
-     handles       = [
-         email "cyd@x.example"
      ]
  }
\`\`\`

**To be created:** \`front_contact.ada\` (\`contacts/people.yaml:10\`)

\`\`\`diff
+ front_contact "ada" {
+     name          = "Ada"
+     handles       = [
+         email "ada@x.example"
      ]
  }
\`\`\`

**To be updated in-place:** \`front_contact.bob\` (\`contacts/people.yaml:10\`)

\`\`\`diff
! front_contact "bob" {
      id            = "crd_bob"
!     name          = "Robert" -> "Bob"
!     description   = <<
          One
          - Two
-         Three
+         Four
      >>
  }
\`\`\`

</details>
`);
});

test("Markdown shows only the result if there are no changes", () => {
  const plan = planFor([], remoteState());
  expect(renderMarkdown(plan, UNMASKED_OPTIONS)).toBe(
    "<!-- front-contacts plan -->\n**No changes. Front matches the configuration.**\n",
  );
});

test("Markdown lists errors before warnings, with their locations and advice", () => {
  const diagnostics: readonly Diagnostic[] = [
    {
      severity: "warning",
      code: "list-twice",
      summary: "groups is old",
      advice: "Write lists.",
      location: locationAt(1),
    },
    { severity: "error", code: "empty", summary: "No `token`", advice: "Set it:\n\n  export X" },
  ];
  expect(renderMarkdown(undefined, { diagnostics, mask: NO_MASK })).toBe(`<!-- front-contacts plan -->
**No plan was created.**

**1 error, 1 warning**

- **Error**: \`\` No \`token\` \`\`
  \`Set it: export X\`
- **Warning** at \`contacts/people.yaml:1:1\`: \`groups is old\`
  \`Write lists.\`
`);
});

test("Markdown shows the totals of a plan that a guard rejected, and states that the plan cannot be applied", () => {
  const rejectedPlan = planFor(
    [desiredContact("ada@x.example", { name: "A" })],
    remoteState([remoteContact("ada@x.example")]),
    { allowed: { changes: 0, removals: 0 } },
  );
  const error: Diagnostic = { severity: "error", code: "too-many-changes", summary: "Too many", advice: "Look again." };
  const markdown = renderMarkdown(rejectedPlan, { diagnostics: [error], mask: NO_MASK });
  expect(markdown).toContain("Plan: 0 to add, 1 to change, 0 to destroy.");
  expect(markdown).toContain("This plan cannot be applied.");
});

test("an error that only skips an entry does not block the plan", () => {
  const error: Diagnostic = {
    ...({ severity: "error", code: "contact-undecodable", summary: "Skipped", advice: "Look." } as const),
    excludedAddress: "front_contact.dan",
  };
  const markdown = renderMarkdown(PLAN, { ...UNMASKED_OPTIONS, diagnostics: [error] });
  expect(markdown).toContain("Plan: 1 to add, 1 to change, 1 to destroy.");
  expect(markdown).not.toContain("cannot be applied");
  const empty = renderMarkdown(planFor([], remoteState()), { ...UNMASKED_OPTIONS, diagnostics: [error] });
  expect(empty).not.toContain("No plan was created.");
});

test("Markdown lists merges immediately after deletions", () => {
  const plan = planFor(
    [
      desiredContact("ada@x.example", { name: "Ada" }),
      desiredContact(["bob@x.example", "bob@y.example"], { merge: true }),
      desiredContact("cyd@x.example", { ensure: "absent" }),
    ],
    remoteState([
      remoteContact("ada@x.example", { name: "Old" }),
      remoteContact("bob@x.example"),
      remoteContact("bob@y.example", { id: "crd_other" }),
      remoteContact("cyd@x.example"),
    ]),
  );
  const actions = renderMarkdown(plan, UNMASKED_OPTIONS)
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((row) => cellsOf(row)[1]);
  expect(actions).toEqual(["**destroy**", "**destroy**", "**merge**", "update"]);
});

const LONG_PLAN = planFor(
  [
    ...Array.from({ length: 1_100 }, (_, index) => desiredContact(`c${index}@x.example`, { name: `N${index}` })),
    desiredContact("doomed@x.example", { ensure: "absent" }),
  ],
  remoteState([remoteContact("doomed@x.example")]),
);

test.each([2_000, 5_000, 20_000, 60_000])(
  "Markdown shortens a plan to %i characters by omitting whole changes, and shows the number of omitted changes",
  (limit) => {
    const markdown = renderMarkdown(LONG_PLAN, { ...UNMASKED_OPTIONS, limit });
    expect(markdown.length).toBeLessThanOrEqual(limit);
    expect(markdown).toContain("Plan: 1100 to add, 0 to change, 1 to destroy.");
    expect(linesOutsideCode(markdown)).toContain("| CODE | **destroy** |  |");
    const rows = markdown.match(/^\| `/gm)?.length ?? 0;
    const details = markdown.match(/^\*\*To be/gm)?.length ?? 0;
    expect(markdown).toContain(`_${(1_101 - rows).toLocaleString("en-US")} more changes did not fit in the table.`);
    expect(markdown).toContain(
      `_${(1_101 - details).toLocaleString("en-US")} more changes did not fit in the details.`,
    );
  },
);

test("Markdown omits errors that do not fit, and shows the number of omitted errors", () => {
  const diagnostics = Array.from(
    { length: 3_000 },
    (_, index): Diagnostic => ({
      severity: "error",
      code: "empty",
      advice: "Fix it.",
      summary: `Mistake ${index}`,
    }),
  );
  const markdown = renderMarkdown(undefined, { diagnostics, mask: NO_MASK, limit: 10_000 });
  const listedErrors = markdown.match(/^- \*\*Error/gm)?.length ?? 0;
  expect(markdown.length).toBeLessThanOrEqual(10_000);
  expect(markdown).toContain(
    `_${(3_000 - listedErrors).toLocaleString("en-US")} more errors and warnings did not fit here. See the output of the command._`,
  );
});

test("Markdown shows an error of another kind and a warning if many errors of the same kind do not fit", () => {
  const errors = Array.from(
    { length: 100 },
    (): Diagnostic => ({ severity: "error", code: "field-unknown", summary: "No such field", advice: "Create it." }),
  );
  const others: Diagnostic[] = [
    { severity: "error", code: "too-many-changes", summary: "Too many changes", advice: "Check them." },
    { severity: "warning", code: "file-empty", summary: "Nothing in it", advice: "Delete it." },
  ];
  const markdown = renderMarkdown(undefined, { diagnostics: [...errors, ...others], mask: NO_MASK, limit: 5_000 });
  expect(markdown).toContain("- **Error**: `Too many changes`");
  expect(markdown).toContain("- **Warning**: `Nothing in it`");
  expect(markdown).toContain("more errors and warnings did not fit here");
});

test("the Markdown of equal plans is equal", () => {
  expect(renderMarkdown(structuredClone(PLAN), UNMASKED_OPTIONS)).toBe(renderMarkdown(PLAN, UNMASKED_OPTIONS));
});

test("masked Markdown contains only masked email addresses", () => {
  const markdown = renderMarkdown(PLAN, { ...UNMASKED_OPTIONS, mask: maskFor([]) });
  expect(markdown).not.toMatch(/(ada|bob|cyd)@/);
  expect(markdown).toMatch(/email "a\*\*\*@x\.example#\w{4}"/);
});

test("the only link in a row is its location", () => {
  const link = ({ file, line }: SourceLocation) => `https://github.example/o/r/blob/abc/${file}#L${line}`;
  const markdown = renderMarkdown(PLAN, { ...UNMASKED_OPTIONS, link });
  const url = "https://github.example/o/r/blob/abc/contacts/people.yaml#L10";
  expect(markdown).toContain(`| \`Bob\` \`front_contact.bob\` ([\`people.yaml:10\`](${url})) | update |`);
  expect(markdown.match(/\]\(/g)).toHaveLength(3);
});

/** Returns a plan with `size` updates. Only the last update removes a value. */
const planOfSize = (size: number) =>
  planFor(
    Array.from({ length: size }, (_, index) =>
      desiredContact(`c${index}@x.example`, index === size - 1 ? { description: "" } : { name: `New ${index}` }),
    ),
    remoteState(
      Array.from({ length: size }, (_, index) =>
        remoteContact(`c${index}@x.example`, { name: `Old ${index}`, description: "Old" }),
      ),
    ),
  );

test.each([
  [9, { rows: 9, links: 9 }],
  [330, { rows: 330, links: 0 }],
])("Markdown omits the links of a plan before it omits rows: %i changes", (size, expected) => {
  const link = () =>
    `https://github.example/organization/repository/blob/${"0".repeat(40)}/contacts/people.yaml#L10${"0".repeat(60)}`;
  const markdown = renderMarkdown(planOfSize(size), { ...UNMASKED_OPTIONS, link });
  const count = (pattern: RegExp) => markdown.match(pattern)?.length ?? 0;
  expect(markdown.length).toBeLessThanOrEqual(60_000);
  expect({ rows: count(/^\| `/gm), links: count(/\]\(/g) }).toEqual(expected);
});

test("with 5,000 changes, the totals are complete, and the rows of changes that lose data come first", () => {
  const markdown = renderMarkdown(planOfSize(5_000), UNMASKED_OPTIONS);
  expect(markdown.length).toBeLessThanOrEqual(60_000);
  expect(markdown).toContain("| 4,999 | name changed |  |");
  expect(markdown).toContain("| 1 | description cleared | `Old 4999` |");
  expect(/^\| `.*/m.exec(markdown)?.[0]).toContain("front_contact.c4999");
});

test("Markdown masks customers' email addresses in custom fields, but not teammates' addresses", () => {
  const plan = planFor(
    [desiredContact("ada@x.example", { customFields: { Owner: "lucy@acme.example", Note: "eve@x.example" } })],
    remoteState([remoteContact("ada@x.example")], { fields: { Owner: "teammate", Note: "string" } }),
  );
  const markdown = renderMarkdown(plan, { ...UNMASKED_OPTIONS, mask: maskFor([], teammatesOf(plan)) });
  expect(markdown).toContain("`lucy@acme.example`");
  expect(maskFor([], teammatesOf(plan)).text(markdown)).toBe(markdown);
  expect(markdown).not.toMatch(/(ada|eve)@/);
});

test("the command that shows all changes makes the same plan, or shows the saved plan", () => {
  const commandFor = (properties: Partial<typeof PLAN>, showCommand?: string) =>
    /did not fit in the details\. Run `(.*)` to see/.exec(
      renderMarkdown({ ...PLAN, ...properties }, { ...UNMASKED_OPTIONS, limit: 1_900, showCommand }),
    )?.[1];
  const base = { revision: "origin/main", tree: "", drift: [], removedEntries: [] };
  const overwriting = PLAN.changes.map((change) => ({
    ...change,
    differences: change.differences.map((difference) => ({ ...difference, origin: "front" as const })),
  })) as typeof PLAN.changes;
  expect(commandFor({})).toBe("front-contacts plan --full");
  expect(commandFor({}, "front-contacts show plan.json --full")).toBe("front-contacts show plan.json --full");
  expect(commandFor({ base, targets: { only: ["front_contact.?*"] } })).toBe(
    "front-contacts plan --base origin/main --target 'front_contact.?*' --full",
  );
  expect(commandFor({ base, changes: overwriting })).toBe("front-contacts plan --base origin/main --overwrite --full");
});

test("the Markdown of a long plan lists some of the changes in Front", () => {
  const people = Array.from({ length: 1_000 }, (_, index) => desiredContact(`c${index}@x.example`, { name: "New" }));
  const drift = Array.from({ length: 1_000 }, (_, index) => ({
    address: `front_contact.drifted${index}`,
    name: "",
    location: locationAt(1),
    action: "update" as const,
    origin: "front" as const,
    differences: [],
  }));
  const base = { revision: "main", tree: "", drift, removedEntries: [] };
  const markdown = renderMarkdown({ ...planFor(people, remoteState()), base }, UNMASKED_OPTIONS);
  expect(markdown.match(/^front_contact\.drifted\d+$/gm)?.length).toBeGreaterThan(50);
  expect(markdown).toMatch(/more resources did not fit here\. Run `front-contacts plan --base main --full`/);
  expect(markdown.length).toBeLessThanOrEqual(60_000);
});

test("the row of a deletion contains its notes", () => {
  const plan = planFor([desiredContact("cyd@x.example", { ensure: "absent" })], {
    ...remoteState([remoteContact("cyd@x.example")]),
    conversations: new Map([["crd_cyd", "12 conversations"]]),
  });
  expect(renderMarkdown(plan, UNMASKED_OPTIONS)).toContain(
    "| `front_contact.cyd` | **destroy** | `it has 12 conversations` |",
  );
});

test("Markdown lists deletions, then lists that lose members, then merges", () => {
  const merging = desiredContact(["ada@x.example", "ada@y.example"], { merge: true });
  const remotes = [
    remoteContact("ada@x.example", { id: "crd_1" }),
    remoteContact("ada@y.example", { id: "crd_2" }),
    remoteContact("eve@x.example", { lists: ["VIP"] }),
    remoteContact("zoe@x.example"),
  ];
  const plan = planFor(
    desiredState([merging, desiredContact("zoe@x.example", { ensure: "absent" })], {
      lists: [{ name: "VIP", members: "exact" }],
    }),
    withMembers(remoteState(remotes, { lists: ["VIP"] })),
  );
  const rows = renderMarkdown(plan, UNMASKED_OPTIONS).matchAll(/^\| `(front_\S+)` \|/gm);
  const addresses = [...rows].map(([, address]) => address);
  expect(addresses).toEqual([
    "front_contact.zoe",
    'front_contact_list.this["VIP"]',
    'front_contact.undeclared["crd_2"]',
    "front_contact.ada",
  ]);
});
