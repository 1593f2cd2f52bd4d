import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { renderPage } from "../../cli/views/html/page.ts";
import { NO_MASK } from "../../cli/views/mask-handles.ts";
import type { Change } from "../../src/model/change.ts";
import type { Plan } from "../../src/model/plan.ts";
import { isMergedAway, losesData } from "../../src/planning/totals.ts";
import { reviewCase } from "../support/review-plan.ts";
import { Sandbox } from "../support/sandbox.ts";
import { accessibilityViolationsOf, launchChromium, openPage } from "./chromium.ts";

const SCREENSHOTS = new URL("../../screenshots/", import.meta.url).pathname;

let browser: Browser;
/** Contains the example plan of the documentation. */
let example: Sandbox;
let file: string;
let changes: readonly Change[];

/** Writes a plan with about `size` changes, and at least one of each kind. */
async function createPlan(size?: number): Promise<Sandbox> {
  const { seed, files, flags } = await reviewCase(size);
  const sandbox = await Sandbox.withFront({ seed });
  for (const [path, content] of files) sandbox.write(path, content);
  const { code, err } = await sandbox.run(`plan --out plan.json --html plan.html ${flags}`);
  expect(code === 0 ? "" : err).toBe("");
  return sandbox;
}

beforeAll(async () => {
  browser = await launchChromium();
  example = await createPlan();
  file = join(example.directory, "plan.html");
  changes = JSON.parse(example.read("plan.json")).plan.changes;
});

afterAll(async () => {
  await browser.close();
  await example[Symbol.asyncDispose]();
});

const changesAttribute = (attribute: string, key?: string) => (change: Change) =>
  change.differences.some(
    (difference) => difference.attribute === attribute && (key === undefined || difference.key === key),
  );

test("the page opens from disk without errors and without requests", async () => {
  await using opened = await openPage(browser, file);
  await opened.page.getByText(`${changes.length} of ${changes.length} changes`).waitFor();
  expect(opened.reports).toEqual([]);
  expect(opened.requests).toEqual([]);
});

test("the first screen shows the losses, the most frequent changes, and the duration of the apply", async () => {
  await using opened = await openPage(browser, file);
  for (const text of ["11 contacts would lose data", "added to list VIP", /^about \d/]) {
    const box = await opened.page.getByText(text).first().boundingBox();
    expect([text, (box?.y ?? 1_000) < 800]).toEqual([text, true]);
  }
});

/** Waits until the list has `count` rows. The page adds the rows of a long list in slices. */
async function expectRows(page: Page, count: number): Promise<void> {
  const rows = page.locator("#list > li");
  // The page's Content-Security-Policy forbids `waitForFunction`, because it evaluates a string in the page.
  for (let attempts = 0; attempts < 500 && (await rows.count()) !== count; attempts += 1) await page.waitForTimeout(20);
  expect(await rows.count()).toBe(count);
}

const FILTERS: readonly (readonly [string, (page: Page) => Promise<unknown>, (change: Change) => boolean])[] = [
  [
    "action",
    (page) => page.getByLabel("Action").selectOption("destroy"),
    (change) => change.action === "delete" && !isMergedAway(change),
  ],
  ["attribute", (page) => page.getByLabel("Attribute").selectOption("description"), changesAttribute("description")],
  [
    "list",
    (page) => page.getByLabel("List", { exact: true }).selectOption("Press"),
    changesAttribute("lists", "Press"),
  ],
  ["losses", (page) => page.getByLabel("Only losses").check(), losesData],
  ["name, ignoring case and accents", (page) => page.getByLabel("Search").fill("ELODIE"), firstNamed("Élodie")],
  ["address", (page) => page.getByLabel("Search").fill("carmen-palmer-3"), ({ name }) => name === "carmen-palmer-3"],
  ["a total", (page) => page.getByRole("button", { name: "phone added" }).click(), addsPhone],
  ["text that no change contains", (page) => page.getByLabel("Search").fill("<script>"), () => false],
];

function firstNamed(name: string) {
  return ({ before, after }: Change) => `${after?.name ?? before?.name}`.startsWith(`${name} `);
}

function addsPhone({ action, differences }: Change): boolean {
  return (
    action === "update" &&
    differences.some(
      ({ after }) => typeof after === "object" && after !== null && "source" in after && after.source === "phone",
    )
  );
}

test.each(FILTERS)("the page filters changes by %s", async (filter, act, isExpected) => {
  await using opened = await openPage(browser, file);
  const { page } = opened;
  await act(page);
  const expectedCount = changes.filter(isExpected).length;
  expect(expectedCount > 0).toBe(filter !== "text that no change contains");
  await page.getByText(`${expectedCount} of ${changes.length} changes`, { exact: true }).waitFor();
  await expectRows(page, expectedCount);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expectRows(page, changes.length);
  expect(opened.reports).toEqual([]);
});

test("the first filter button can be focused and pressed with the keyboard", async () => {
  await using opened = await openPage(browser, file);
  const { page } = opened;
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.textContent")).toBe("contacts to destroy");
  await page.keyboard.press("Enter");
  await page.getByText(`4 of ${changes.length} changes`).waitFor();
  expect(await page.getAttribute("button[data-total='0']", "aria-pressed")).toBe("true");
});

test("without JavaScript, the page shows all changes and hides the filters", async () => {
  await using opened = await openPage(browser, file, { javaScriptEnabled: false });
  expect(await opened.page.locator("ol.changes > li").count()).toBe(changes.length);
  expect(await opened.page.getByLabel("Search").isVisible()).toBe(false);
});

test("the page shows the old and the new avatar side by side", async () => {
  await using opened = await openPage(browser, file);
  await opened.page.getByLabel("Attribute").selectOption("avatar");
  const row = opened.page.locator("#list > li").first();
  const [before, after] = [row.getByAltText("avatar before"), row.getByAltText("avatar after")];
  expect(await opened.page.evaluate("[...document.images].every(({ naturalWidth }) => naturalWidth > 0)")).toBe(true);
  expect((await before.boundingBox())?.y).toBe((await after.boundingBox())?.y);
});

test("the printed page contains every change but not the filters", async () => {
  await using opened = await openPage(browser, file);
  await opened.page.emulateMedia({ media: "print" });
  await opened.page.evaluate("window.dispatchEvent(new Event('beforeprint'))");
  expect(await opened.page.locator("#list > li").count()).toBe(changes.length);
  expect(await opened.page.getByLabel("Search").isVisible()).toBe(false);
});

const SIZES = [
  ["desktop", { width: 1280, height: 800 }],
  ["tablet", { width: 834, height: 1112 }],
  ["phone", { width: 390, height: 844 }],
] as const;
const SCHEMES = ["light", "dark"] as const;

test.each(SIZES.flatMap(([name, viewport]) => SCHEMES.map((colorScheme) => ({ name, viewport, colorScheme }))))(
  "the page fits a $name screen in $colorScheme mode",
  async ({ name, viewport, colorScheme }) => {
    await using opened = await openPage(browser, file, { viewport, colorScheme });
    mkdirSync(SCREENSHOTS, { recursive: true });
    await opened.page.screenshot({ path: join(SCREENSHOTS, `${name}-${colorScheme}.png`) });
    expect(await opened.page.evaluate("document.documentElement.scrollWidth > innerWidth")).toBe(false);
    await opened.page.getByLabel("Search").scrollIntoViewIfNeeded();
    await opened.page.screenshot({ path: join(SCREENSHOTS, `${name}-${colorScheme}-changes.png`) });
  },
);

test.each(SCHEMES)(
  "the page has no accessibility violation in %s mode with one change of each kind",
  async (colorScheme) => {
    await using sandbox = await createPlan(1);
    await using opened = await openPage(browser, join(sandbox.directory, "plan.html"), { colorScheme });
    expect(await accessibilityViolationsOf(opened.page)).toEqual([]);
  },
);

const HOSTILE = [
  "</noscript><script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "' onmouseover=alert(1) x='",
  '<li data-a="create"><svg onload=alert(1)>',
  "</title><style>@import url(https://x.example)</style>",
];

test.each([true, false])("hostile names are shown as text (JavaScript enabled: %p)", async (javaScriptEnabled) => {
  await using sandbox = await Sandbox.withFront({ seed: { company: { name: HOSTILE[4] ?? "" } } });
  const entries = HOSTILE.map((text, index) => {
    const name = JSON.stringify(text);
    return `  c${index}: { name: ${name}, description: ${JSON.stringify(`\n${text}\n${text}`)}, handles: [{ source: custom, handle: ${name} }], lists: [${name}] }\n`;
  });
  const path = `contacts/<img src=x onerror=alert(1)>.yaml`;
  sandbox.write(path, `lists: ${JSON.stringify(HOSTILE)}\ncontacts:\n${entries.join("")}`);
  expect(await sandbox.run("plan --html plan.html")).toMatchObject({ code: 0, err: "" });
  await using opened = await openPage(browser, join(sandbox.directory, "plan.html"), { javaScriptEnabled });
  const list = opened.page.locator(javaScriptEnabled ? "#list > li" : "ol.changes > li");
  expect(await list.count()).toBe(2 * HOSTILE.length);
  expect(await list.nth(HOSTILE.length).textContent()).toContain("</noscript><script>alert(1)</script>");
  expect(await opened.page.locator("img, .changes svg, body style, [onmouseover], [onerror]").count()).toBe(0);
  expect([opened.reports, opened.requests]).toEqual([[], []]);
});

test("a page with 30,000 changes is smaller than 30 MB and can be filtered", async () => {
  const { plan } = JSON.parse(example.read("plan.json")) as { plan: Plan };
  const manyChanges = Array.from({ length: 30_000 }, (_, index): Change => {
    const change = changes[index % changes.length] as Change;
    return { ...change, address: `${change.address}-${index}` };
  });
  const html = renderPage({ ...plan, changes: manyChanges }, { diagnostics: [], mask: NO_MASK, version: "1.0.0" });
  expect(html.length).toBeLessThan(30_000_000);
  example.write("large.html", html);
  await using opened = await openPage(browser, join(example.directory, "large.html"));
  await opened.page.getByText("30,000 of 30,000 changes").waitFor();
  await opened.page.getByLabel("Search").fill("carmen-palmer-3-");
  const expectedCount = manyChanges.filter(({ address }) => address.includes("carmen-palmer-3-")).length;
  expect(expectedCount).toBeGreaterThan(0);
  await opened.page.getByText(`${expectedCount} of 30,000 changes`, { exact: true }).waitFor();
  expect(await opened.page.locator("#list > li").count()).toBe(expectedCount);
  expect(opened.reports).toEqual([]);
});
