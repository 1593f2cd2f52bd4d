import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { renderPage } from "../../../../cli/views/html/page.ts";
import { maskFor, NO_MASK } from "../../../../cli/views/mask-handles.ts";
import { runs } from "../../../scale.ts";
import { desiredContact, locationAt, PICTURE, planFor, remoteContact, remoteState } from "../../../support/builders.ts";
import { forAll } from "../../../support/for-all.ts";
import { expectEscaped, hostileText } from "../../../support/hostile-text.ts";
import { untrustedPlan } from "../../../support/untrusted-plan.ts";

const PLAIN = { diagnostics: [], mask: NO_MASK, version: "1.0.0" } as const;

/** Returns a plan whose names and values contain `text`. */
const planWith = (text: string) =>
  untrustedPlan({ company: text, before: text, name: text, list: text, field: text, handle: text });

const problemWith = (text: string) => ({
  ...({ severity: "error", code: "too-many-changes", summary: text, advice: text } as const),
  location: { ...locationAt(1), file: `contacts/${text}.yaml` },
});

const pageWith = (text: string) => renderPage(planWith(text), { ...PLAIN, diagnostics: [problemWith(text)] });

/** Returns the page without its style and script, which contain no untrusted text. */
const markupOf = (page: string) => page.replaceAll(/<(style|script)>[\s\S]*?<\/\1>/g, "");
const tagsOf = (page: string) => markupOf(page).match(/<\/?[a-z!][^\s>]*/gi) ?? [];

test("no untrusted text adds a tag", () => {
  const tags = tagsOf(pageWith("Dale"));
  expect(tags.filter((tag) => tag === "<li").length).toBeGreaterThan(4);
  forAll([hostileText], { numRuns: runs(300) }, (text) => {
    const page = pageWith(text);
    expect(tagsOf(page)).toEqual(tags);
    expectEscaped(markupOf(page), "page");
  });
});

test("the Content-Security-Policy allows the style and the script of the page, data: pictures, and nothing else", () => {
  const page = pageWith("Dale");
  const hash = (tag: string) => {
    const [, text = ""] = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page) ?? [];
    return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  };
  expect(/http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]).toBe(
    `default-src 'none'; img-src data:; style-src ${hash("style")}; script-src ${hash("script")}; base-uri 'none'; form-action 'none'`,
  );
});

test("the style and the script are in the package", () => {
  const { files: packaged } = JSON.parse(readFileSync(new URL("../../../../package.json", import.meta.url), "utf8"));
  expect(packaged).toEqual(expect.arrayContaining(["cli/views/html/plan.css", "cli/views/html/plan.js"]));
});

test("every row matches the pattern that the page's script uses to parse rows", () => {
  const script = readFileSync(new URL("../../../../cli/views/html/plan.js", import.meta.url), "utf8");
  const [, pattern = ""] = /const opening = \/(.*)\/;/.exec(script) ?? [];
  const rows = /<noscript id="rows">([\s\S]*)<\/noscript>/.exec(pageWith("Dale"))?.[1]?.match(/^<li .*/gm) ?? [];
  expect(rows).toHaveLength(6);
  for (const row of rows) expect(row).toMatch(new RegExp(pattern));
});

test("the page shows errors and warnings before the totals, or only a link to the warnings if there are no errors", () => {
  const warning = { ...problemWith("Dale"), severity: "warning" } as const;
  const positions = (diagnostics: readonly (typeof warning | ReturnType<typeof problemWith>)[]) => {
    const page = renderPage(planWith("Dale"), { ...PLAIN, diagnostics });
    return ['href="#problems">2 warnings<', 'class="tiles"', 'id="problems"'].map((part) => page.indexOf(part));
  };
  const [link = 0, totals = 0, problems = 0] = positions([warning, warning]);
  expect([0 < link, link < totals, totals < problems]).toEqual([true, true, true]);
  const [noLink, laterTotals = 0, errors = 0] = positions([warning, problemWith("Dale")]);
  expect([noLink, errors < laterTotals]).toEqual([-1, true]);
});

test("the page shows losses, totals and the request count before the changes", () => {
  const text = markupOf(pageWith("Dale"))
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ");
  const order = [
    "Plan for Dale",
    "to update",
    "requests",
    "3 contacts would lose data",
    "Dale6",
    "Added or changed",
    "Changes",
  ];
  const positions = order.map((heading) => text.indexOf(heading));
  expect(positions).toEqual([...positions].sort((a, b) => a - b));
  expect(positions).not.toContain(-1);
});

test("the page shows the errors if there is no plan", () => {
  const page = renderPage(undefined, { ...PLAIN, diagnostics: [problemWith("Bad")] });
  expect(page).toContain("<h1>No plan was created</h1>");
  expect(page).toContain("<strong>Error: Bad</strong>");
  expect(page).not.toContain("<script>");
});

test("the page of a plan without changes states that there are none", () => {
  expect(renderPage(planFor([], remoteState()), PLAIN)).toContain(
    "<strong>No changes. Front matches the configuration.</strong>",
  );
});

test("the page does not state that there are no changes if an error blocks the plan", () => {
  const plan = { ...planFor([], remoteState()), diagnostics: [problemWith("Bad")] };
  const page = renderPage(plan, PLAIN);
  expect(page).toContain("<strong>No plan was created.</strong>");
  expect(page).not.toContain("No changes.");
});

test("a masked page contains only masked email addresses", () => {
  const page = renderPage(planWith("dale@x.example"), { ...PLAIN, mask: maskFor([]) });
  expect(page).not.toMatch(/(dale|ada|cyd)@/);
  expect(page).toContain("d***@x.example#");
});

test("equal plans have equal pages", () => {
  expect(renderPage(structuredClone(planWith("Dale")), PLAIN)).toBe(renderPage(planWith("Dale"), PLAIN));
});

const rowsOf = (page: string) => [...page.matchAll(/^<li data-a="(\w+)".*?<code>(front_\w+\.\w+)/gm)];

function planWithDeletion() {
  const emails = ["ada@x.example", "bob@x.example", "cyd@x.example"];
  return planFor(
    [
      desiredContact("ada@x.example", { avatar: PICTURE }),
      desiredContact("bob@x.example", { description: "Long ".repeat(50) }),
      desiredContact("cyd@x.example", { ensure: "absent" }),
    ],
    remoteState(emails.map((email) => remoteContact(email))),
  );
}

test("the page shows changes that lose data before other changes", () => {
  const addresses = rowsOf(renderPage(planWithDeletion(), PLAIN)).map(([, action, address]) => [action, address]);
  expect(addresses).toEqual([
    ["delete", "front_contact.cyd"],
    ["update", "front_contact.ada"],
    ["update", "front_contact.bob"],
  ]);
});

test("a page that would be too large states how many changes are shortened", () => {
  const note = "Long lines of the last 1 change are shortened";
  const page = renderPage(planWithDeletion(), PLAIN);
  expect([page.includes(note), page.includes("Long ".repeat(50).trim())]).toEqual([false, true]);
  const thumbnails = new Map([[`sha256:${PICTURE.sha256}`, `data:${"A".repeat(24_000_000)}`]]);
  const largePage = renderPage(planWithDeletion(), { ...PLAIN, thumbnails });
  expect([largePage.includes(note), largePage.includes("Long ".repeat(50).trim())]).toEqual([true, false]);
});
