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
import { maskFor, NO_MASK } from "../../../cli/views/mask-handles.ts";
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
import { desiredContact, locationAt, planFor, remoteContact, remoteState } from "../../support/builders.ts";
import { forAll } from "../../support/for-all.ts";
import { expectEscaped, hostileText } from "../../support/hostile-text.ts";
import { cellsOf } from "../../support/markdown.ts";
import { type UntrustedNames, untrustedPlan } from "../../support/untrusted-plan.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

/** Untrusted text from senders of email, teammates, pull requests, and hosts that respond in place of Front. */
interface UntrustedText extends UntrustedNames {
  readonly file: string;
  readonly response: string;
}

const PLAIN: UntrustedText = {
  company: "Twin Peaks",
  before: "Dale",
  name: "Cooper",
  list: "Agents",
  field: "Plan",
  handle: "dale",
  file: "people",
  response: "Bad request",
};

const hostileTexts = fc.record({
  company: hostileText,
  before: hostileText,
  name: hostileText,
  list: hostileText,
  field: hostileText,
  handle: hostileText,
  file: hostileText,
  response: hostileText,
});

function diagnosticsOf({ file, response, name }: UntrustedText): Diagnostic[] {
  const location = { ...locationAt(1, 3), file: `contacts/${file}.yaml` };
  const related = [{ location, note: "first written" }];
  return [
    {
      severity: "error",
      code: "empty",
      summary: `${name} ${response}`,
      advice: `Did you mean ${name}?`,
      location,
      related,
    },
    { severity: "warning", code: "list-twice", summary: response, advice: name },
  ];
}

function reportOf({ operations }: Plan, { response }: UntrustedText): ApplyReport {
  const outcomes = [
    { status: "failed", message: response, advice: "Plan again." },
    { status: "unknown", message: response, advice: "Look." },
    { status: "skipped", message: `not started, because ${response}` },
    { status: "applied" },
  ] as const;
  const results = operations.map(
    (operation, index): OperationResult => ({ operation, ...outcomes[index % 4] }) as OperationResult,
  );
  return { results, interrupted: false, requests: 1, startedAt: 1 };
}

function eventsOf(plan: Plan, report: ApplyReport, diagnostics: readonly Diagnostic[]): string {
  const clock = new VirtualClock();
  let events = "";
  const view = new EventApplyView({ clock, out: (line) => (events += line) });
  view.plan(plan);
  const listener = view.start(plan);
  for (const { operation } of report.results) listener.started(operation);
  for (const result of report.results) listener.ended(result);
  void listener.stop();
  const verification = { complete: false, resources: 0, diagnostics, requests: 0 };
  view.summary({ plan, report, verification, refusals: [], detached: false }, { sources: new Map() });
  return events;
}

function outputsOf(texts: UntrustedText): Readonly<Record<string, string>> {
  const plan = untrustedPlan(texts);
  const diagnostics = diagnosticsOf(texts);
  const report = reportOf(plan, texts);
  const failure = { summary: texts.response, advice: texts.list };
  const sources = new Map([[`contacts/${texts.file}.yaml`, `a: ${texts.name}`]]);
  const reading = {
    collection: "accounts",
    scope: "accounts:read",
    isPermitted: undefined,
    reason: texts.response,
  } as const;
  const tokenInfo = { company: { id: "cmp_1", name: texts.company }, rateLimit: undefined, permissions: [reading] };
  const warnings = [{ kind: "not-found", count: 1, texts: [texts.name] }] as const;
  const imported = {
    created: 1,
    accounts: 1,
    accountsInDefaults: 0,
    declared: 0,
    updated: 0,
    changed: [],
    warnings,
    files: [texts.file],
  };
  const json = { version: "1", createdAt: 0, diagnostics, sources };
  return {
    plan: renderPlan(plan, NO_COLORS),
    "masked plan": renderPlan(plan, NO_COLORS, { mask: maskFor([]) }),
    "plan as JSON": renderJson(planJson(plan, json)),
    diagnostics: renderDiagnostics(diagnostics, sources, NO_COLORS),
    "masked diagnostics": renderDiagnostics(diagnostics, sources, NO_COLORS, { mask: maskFor([]) }),
    "diagnostics as JSON": renderJson(diagnosticsJson(diagnostics, sources)),
    annotations: renderAnnotations(diagnostics, { mask: NO_MASK, repositoryPathOf: (file) => file }),
    "masked annotations": renderAnnotations(diagnostics, { mask: maskFor([]), repositoryPathOf: (file) => file }),
    "failed operations": renderFailedOperations(report, NO_COLORS),
    events: eventsOf(plan, report, diagnostics),
    failure: renderFailure(failure, NO_COLORS),
    "failure as JSON": failureJson(
      { severity: "error", code: "usage", summary: texts.response, advice: "Try again." },
      new VirtualClock(),
    ),
    whoami: renderWhoami(tokenInfo, { kind: "api-token", token: "x", source: texts.file }, NO_COLORS),
    warnings: renderImportWarnings(warnings, NO_COLORS),
    "summary of an import": renderImportSummary({
      ...imported,
      dryRun: false,
      update: false,
      fromFront: true,
      changedInFront: false,
      sharesDefaults: false,
      contacts: "contacts",
    }),
    "new file": renderNewFile(texts.file, "contacts: {}\n"),
    diff: renderDiff(unifiedDiff(texts.file, "a: 1\n", "a: 2\n"), NO_COLORS, { escaped: true }),
  };
}

const linesIn = (text: string) => text.split(/\r\n|[\n\r\u0085\u2028\u2029]/).length;

const PLAIN_LINE_COUNTS = Object.fromEntries(
  Object.entries(outputsOf(PLAIN)).map(([name, text]) => [name, linesIn(text)]),
);

test("untrusted text does not control a terminal or a CI runner, and adds no lines to any output", () => {
  forAll([hostileTexts], { numRuns: runs(650) }, (texts) => {
    for (const [name, text] of Object.entries(outputsOf(texts))) {
      expectEscaped(text, name, name.endsWith("annotations") ? ["error", "warning"] : []);
      expect([name, linesIn(text)]).toEqual([name, PLAIN_LINE_COUNTS[name]]);
    }
  });
});

/** Matches the text of the program itself, including the borders of tables. */
const PROGRAM_TEXT = /^[\w\s.,:;()|*'?—-]*$/;
const PROGRAM_HTML = ["<!-- front-contacts plan -->", "<details><summary>Details</summary>", "</details>"];

const FORBIDDEN_NODES: readonly string[] = ["link", "image", "heading", "block_quote"] satisfies NodeType[];

/** Returns the nodes of a CommonMark document that are neither code nor text of the program. */
function disallowedNodes(markdown: string): string[] {
  const walker = new Parser().parse(markdown).walker();
  const disallowed: string[] = [];
  for (let step = walker.next(); step !== null; step = walker.next()) {
    const { type, literal } = step.node;
    if (FORBIDDEN_NODES.includes(type) || !isAllowed(type, literal)) disallowed.push(`${type}: ${literal}`);
  }
  return disallowed;
}

function isAllowed(type: NodeType, literal: string | null): boolean {
  if (literal === null || type === "code" || type === "code_block") return true;
  return PROGRAM_HTML.includes(literal.trim()) || (type === "text" && PROGRAM_TEXT.test(literal));
}

test("disallowedNodes detects Markdown that is not code", () => {
  expect(disallowedNodes("**Plan** `@team <b>`\n\n```\n[a](b)\n```\n")).toEqual([]);
  expect(disallowedNodes("a @team `b`")).toEqual(["text: a @team "]);
  expect(disallowedNodes("[a](b)")).toEqual(["link: null", "link: null"]);
  expect(disallowedNodes("a <b>c</b>")).toEqual(["html_inline: <b>", "html_inline: </b>"]);
});

test("CommonMark parses all untrusted text as code", () => {
  forAll([hostileTexts, fc.boolean()], { numRuns: runs(400) }, (texts, masked) => {
    const options = { diagnostics: diagnosticsOf(texts), mask: masked ? maskFor([]) : NO_MASK };
    const described = planFor(
      [desiredContact("ada@x.example", { description: `${texts.name}\n${texts.response}` })],
      remoteState([remoteContact("ada@x.example", { description: `${texts.before}\n${texts.response}\n` })]),
    );
    expectEscaped(renderPlan(described, NO_COLORS), "description");
    const removed = { address: texts.name, name: texts.name, location: { ...locationAt(1, 3), file: texts.file } };
    const drift = [{ ...removed, action: "delete", origin: "front", differences: [] }] as const;
    const drifted = { ...described, base: { revision: texts.file, tree: "", drift, removedEntries: [removed] } };
    for (const plan of [untrustedPlan(texts), described, drifted, undefined]) {
      const markdown = renderMarkdown(plan, options);
      expect(disallowedNodes(markdown)).toEqual([]);
      expectEscaped(markdown, "markdown");
      const rows = markdown.split("\n").filter((line) => line.startsWith("| `"));
      for (const row of rows) expect(cellsOf(row)).toHaveLength(3);
    }
    expect(
      disallowedNodes(
        failureMarkdown({ severity: "error", code: "usage", summary: texts.response, advice: texts.name }),
      ),
    ).toEqual([]);
  });
});
