import { expect, test } from "@jest/globals";
import { type NodeType, Parser } from "commonmark";
import fc from "fast-check";
import { renderAnnotations } from "../../../cli/ci/github-actions.ts";
import { renderFailedOperations } from "../../../cli/views/apply/apply-summary.ts";
import { EventApplyView } from "../../../cli/views/apply/event-view.ts";
import { NO_COLORS } from "../../../cli/views/colors.ts";
import { diagnosticsJson, renderDiagnostics } from "../../../cli/views/diagnostics.ts";
import { failureJson, renderFailure } from "../../../cli/views/failure.ts";
import { renderImportSummary, renderImportWarnings, renderNewFile } from "../../../cli/views/import.ts";
import { maskFor, NO_MASK } from "../../../cli/views/mask.ts";
import { planJson } from "../../../cli/views/plan/json.ts";
import { failureMarkdown, renderMarkdown } from "../../../cli/views/plan/markdown.ts";
import { renderPlan } from "../../../cli/views/plan/text.ts";
import { renderJson } from "../../../cli/views/text.ts";
import { renderDiff, unifiedDiff } from "../../../cli/views/unified-diff.ts";
import { renderWhoami } from "../../../cli/views/whoami.ts";
import type { ApplyReport, OperationResult } from "../../../src/applying/apply.ts";
import type { Diagnostic } from "../../../src/model/diagnostic.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { runs } from "../../scale.ts";
import { at, desired, files, front, planFor, remote } from "../../support/builders.ts";
import { expectEscaped, hostileText } from "../../support/hostile-text.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

/**
 * Untrusted text: from senders of email, people who edit in Front, pull requests, and hosts that respond instead of
 * Front.
 */
interface Words {
  readonly company: string;
  readonly before: string;
  readonly name: string;
  readonly list: string;
  readonly field: string;
  readonly handle: string;
  readonly file: string;
  readonly said: string;
}

const PLAIN: Words = {
  ...{ company: "Twin Peaks", before: "Dale", name: "Cooper", list: "Agents", field: "Plan", handle: "dale" },
  ...{ file: "people", said: "Bad request" },
};

const hostileWords = fc.record({
  ...{ company: hostileText, before: hostileText, name: hostileText, list: hostileText, field: hostileText },
  ...{ handle: hostileText, file: hostileText, said: hostileText },
});

/** Returns one change of each kind with the untrusted text in every attribute. Equal values would not be shown. */
function planOf({ company, before, name, list, field, handle }: Words): Plan {
  const wanted = [
    desired("ada@x.example", { name: `${name}1`, lists: [`${list}1`], customFields: { [`${field}1`]: `${name}3` } }),
    desired("bob@x.example", {
      name: `${name}2`,
      handles: [{ source: "custom", handle: `${handle}1`, location: at(11) }],
    }),
    desired(["cyd@x.example", "cyd@y.example"], { merge: true }),
    desired("eve@x.example", { ensure: "absent" }),
  ];
  const has = [
    remote("ada@x.example", { name: `${before}0`, customFields: { [`${field}1`]: `${before}2` } }),
    remote("cyd@x.example", { name: `${before}4` }),
    remote("cyd@y.example", { id: "crd_other", name: `${before}5` }),
    remote("eve@x.example", { name: `${before}6`, lists: [`${list}2`] }),
  ];
  const declared = { lists: [`${list}1`] };
  const state = front(has, { fields: { [`${field}1`]: "string" } });
  return planFor(files(wanted, declared), { ...state, company: { id: "cmp_1", name: company } });
}

function diagnosticsOf({ file, said, name }: Words): Diagnostic[] {
  const location = { ...at(1, 3), file: `contacts/${file}.yaml` };
  const related = [{ location, note: "first written" }];
  return [
    {
      severity: "error",
      code: "empty",
      summary: `${name} ${said}`,
      advice: `Did you mean ${name}?`,
      location,
      related,
    },
    { severity: "warning", code: "list-twice", summary: said, advice: name },
  ];
}

function reportOf({ operations }: Plan, { said }: Words): ApplyReport {
  const ends = [
    { status: "failed", message: said, advice: "Plan again." },
    { status: "unknown", message: said, advice: "Look." },
    { status: "skipped", message: `not started, because ${said}` },
    { status: "applied" },
  ] as const;
  const results = operations.map(
    (operation, at): OperationResult => ({ operation, ...ends[at % 4] }) as OperationResult,
  );
  return { results, interrupted: false, requests: 1, startedAt: 1 };
}

function eventsOf(plan: Plan, report: ApplyReport, diagnostics: readonly Diagnostic[]): string {
  const clock = new VirtualClock();
  let shown = "";
  const view = new EventApplyView({ clock, out: (line) => (shown += line) });
  view.plan(plan);
  const listener = view.start(plan);
  for (const { operation } of report.results) listener.started(operation);
  for (const result of report.results) listener.ended(result);
  const verification = { complete: false, contacts: 0, diagnostics, requests: 0 };
  view.summary({ plan, report, verification, refusals: [], detached: false }, { sources: new Map() });
  return shown;
}

/** Returns every output, by its name. */
function outputsOf(words: Words): Readonly<Record<string, string>> {
  const plan = planOf(words);
  const diagnostics = diagnosticsOf(words);
  const report = reportOf(plan, words);
  const failure = { summary: words.said, advice: "Try again." };
  const sources = new Map([[`contacts/${words.file}.yaml`, `a: ${words.name}`]]);
  const reading = { what: "accounts", scope: "accounts:read", permitted: undefined, reason: words.said } as const;
  const tokenInfo = { company: { id: "cmp_1", name: words.company }, rateLimit: undefined, permissions: [reading] };
  const warnings = [{ kind: "not-found", count: 1, texts: [words.name] }] as const;
  const imported = { created: 1, accounts: 1, declared: 0, updated: 0, changed: [], warnings, files: [words.file] };
  const json = { version: "1", now: 0, diagnostics, sources };
  return {
    plan: renderPlan(plan, NO_COLORS),
    "masked plan": renderPlan(plan, NO_COLORS, { mask: maskFor([]) }),
    "plan as JSON": renderJson(planJson(plan, json)),
    diagnostics: renderDiagnostics(diagnostics, sources, NO_COLORS),
    "masked diagnostics": renderDiagnostics(diagnostics, sources, NO_COLORS, { mask: maskFor([]) }),
    "diagnostics as JSON": renderJson(diagnosticsJson(diagnostics, sources)),
    annotations: renderAnnotations(diagnostics, { mask: NO_MASK, fileOf: (file) => file }),
    account: renderFailedOperations(report, NO_COLORS),
    events: eventsOf(plan, report, diagnostics),
    failure: renderFailure(failure, NO_COLORS),
    "failure as JSON": failureJson(
      { severity: "error", code: "usage", summary: words.said, advice: "Try again." },
      new VirtualClock(),
    ),
    whoami: renderWhoami(tokenInfo, { kind: "api-token", token: "x", from: words.file }, NO_COLORS),
    warnings: renderImportWarnings(warnings, NO_COLORS),
    "summary of an import": renderImportSummary({
      ...imported,
      dryRun: false,
      update: false,
      fromFront: true,
      sharesDefaults: false,
    }),
    "new file": renderNewFile(words.file, "contacts: {}\n"),
    diff: renderDiff(unifiedDiff(words.file, "a: 1\n", "a: 2\n"), NO_COLORS, { escaped: true }),
  };
}

const linesIn = (text: string) => text.split(/\r\n|[\n\r\u0085\u2028\u2029]/).length;

const LINES_OF_PLAIN = Object.fromEntries(
  Object.entries(outputsOf(PLAIN)).map(([what, text]) => [what, linesIn(text)]),
);

test("untrusted text neither acts on a terminal or a runner nor adds lines to any output", () => {
  fc.assert(
    fc.property(hostileWords, (words) => {
      for (const [what, text] of Object.entries(outputsOf(words))) {
        expectEscaped(text, what, what === "annotations" ? ["error", "warning"] : []);
        expect([what, linesIn(text)]).toEqual([what, LINES_OF_PLAIN[what]]);
      }
    }),
    { numRuns: runs(650) },
  );
});

/** Text that the program adds, with the bars of tables. */
const OURS = /^[\w\s.,:;()|*'?—-]*$/;
const OUR_HTML = ["<!-- front-contacts plan -->", "<details><summary>Details</summary>", "</details>"];

const NEVER: readonly string[] = ["link", "image", "heading", "block_quote"] satisfies NodeType[];

/** Returns the parts that CommonMark parses as anything except code and the text of the program. */
function disallowedNodes(markdown: string): string[] {
  const walker = new Parser().parse(markdown).walker();
  const found: string[] = [];
  for (let step = walker.next(); step !== null; step = walker.next()) {
    const { type, literal } = step.node;
    if (NEVER.includes(type) || !isAllowed(type, literal)) found.push(`${type}: ${literal}`);
  }
  return found;
}

function isAllowed(type: NodeType, literal: string | null): boolean {
  if (literal === null || type === "code" || type === "code_block") return true;
  return OUR_HTML.includes(literal.trim()) || (type === "text" && OURS.test(literal));
}

test("detects Markdown that is not code", () => {
  expect(disallowedNodes("**Plan** `@team <b>`\n\n```\n[a](b)\n```\n")).toEqual([]);
  expect(disallowedNodes("a @team `b`")).toEqual(["text: a @team "]);
  expect(disallowedNodes("[a](b)")).toEqual(["link: null", "link: null"]);
  expect(disallowedNodes("a <b>c</b>")).toEqual(["html_inline: <b>", "html_inline: </b>"]);
});

test("untrusted text is only code in CommonMark", () => {
  fc.assert(
    fc.property(hostileWords, fc.boolean(), (words, masked) => {
      const options = { diagnostics: diagnosticsOf(words), mask: masked ? maskFor([]) : NO_MASK };
      const described = planFor(
        [desired("ada@x.example", { description: `${words.name}\n${words.said}` })],
        front([remote("ada@x.example", { description: `${words.before}\n${words.said}\n` })]),
      );
      for (const plan of [planOf(words), described, undefined]) {
        const markdown = renderMarkdown(plan, options);
        expect(disallowedNodes(markdown)).toEqual([]);
        expectEscaped(markdown, "markdown");
      }
      expect(
        disallowedNodes(failureMarkdown({ severity: "error", code: "usage", summary: words.said, advice: words.name })),
      ).toEqual([]);
    }),
    { numRuns: runs(400) },
  );
});
