import { appendFile, stat } from "node:fs/promises";
import { byLocation, type Diagnostic, escapeText } from "../../src/internal.ts";
import type { Environment } from "../environment.ts";
import type { MaskContext, Session } from "../session.ts";
import { adviceOf, completeEachAdvice } from "../views/advice.ts";
import type { ApplyOutcome } from "../views/apply/apply-summary.ts";
import { renderApplyMarkdown } from "../views/apply/markdown.ts";
import { type Mask, maskFor } from "../views/mask-handles.ts";
import { failureMarkdown, renderMarkdown } from "../views/plan/markdown.ts";
import { createSourceLink, pathInRepository } from "./source-links.ts";

/**
 * Maximum size of a job summary in bytes:
 * https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions
 */
const SUMMARY_LIMIT = 1024 * 1024;
/** Maximum number of UTF-8 bytes for one UTF-16 code unit. */
const MAX_BYTES_PER_UNIT = 3;
const MIN_SUMMARY_LENGTH = 3_000;

export interface GitHubReport extends MaskContext {
  readonly diagnostics: readonly Diagnostic[];
  /** The first line of the summary if it contains no plan. */
  readonly headline?: string;
}

/** In GitHub Actions, annotates the lines of the diagnostics, and adds the plan and diagnostics to the job summary. */
export async function reportToGitHub(
  session: Session,
  report: GitHubReport,
  { masked }: { readonly masked: boolean },
): Promise<void> {
  const { environment } = session;
  if (!isGitHubActions(environment)) return;
  const { plan, headline } = report;
  const { contacts } = session.args;
  const diagnostics = completeEachAdvice(report.diagnostics, contacts);
  const mask = session.mask(report, masked);
  environment.err(
    renderAnnotations(diagnostics, { mask, repositoryPathOf: (file) => pathInRepository(environment, file) ?? file }),
  );
  await appendSummary(environment, (limit) =>
    renderMarkdown(plan, { diagnostics, mask, limit, link: createSourceLink(environment), headline, contacts }),
  );
}

export async function reportApplyToGitHub(
  session: Session,
  outcome: ApplyOutcome,
  context: MaskContext,
  { masked }: { readonly masked: boolean },
): Promise<void> {
  if (!isGitHubActions(session.environment)) return;
  const mask = session.mask(context, masked);
  const { contacts } = session.args;
  await appendSummary(session.environment, () => renderApplyMarkdown(outcome, { mask, contacts }));
}

export async function reportFailureToGitHub(environment: Environment, error: Diagnostic): Promise<void> {
  if (!isGitHubActions(environment)) return;
  const mask = maskFor([]);
  environment.err(renderAnnotations([error], { mask, repositoryPathOf: (file) => file }));
  await appendSummary(environment, () => mask.text(failureMarkdown(error)));
}

function isGitHubActions({ env }: Environment): boolean {
  return env["GITHUB_ACTIONS"] === "true";
}

async function appendSummary({ env }: Environment, render: (limit: number) => string): Promise<void> {
  const path = env["GITHUB_STEP_SUMMARY"];
  if (path === undefined || path === "") return;
  try {
    const { size } = await stat(path).catch(() => ({ size: 0 }));
    const limit = Math.floor((SUMMARY_LIMIT - size) / MAX_BYTES_PER_UNIT);
    if (limit >= MIN_SUMMARY_LENGTH) await appendFile(path, render(limit));
  } catch {
    // An error does not fail the run, because the command also prints this information.
  }
}

/** Maximum number of annotations of each severity that GitHub shows for one step. */
const MAX_ANNOTATIONS = 10;

export interface AnnotationOptions {
  readonly mask: Mask;
  readonly repositoryPathOf: (file: string) => string;
}

/** Returns workflow commands. GitHub shows their annotations beside the lines of a pull request. */
export function renderAnnotations(diagnostics: readonly Diagnostic[], options: AnnotationOptions): string {
  const sorted = diagnostics.toSorted(byLocation);
  return (["error", "warning"] as const)
    .flatMap((severity) => sorted.filter((diagnostic) => diagnostic.severity === severity).slice(0, MAX_ANNOTATIONS))
    .map((diagnostic) => `${renderAnnotation(diagnostic, options)}\n`)
    .join("");
}

function renderAnnotation(diagnostic: Diagnostic, { mask, repositoryPathOf }: AnnotationOptions): string {
  const { severity, summary, location } = diagnostic;
  const properties = {
    file: location && escapeText(repositoryPathOf(location.file), { limit: Number.POSITIVE_INFINITY }),
    line: location?.line,
    col: location?.column,
    title: escapeText(mask.text(summary)),
  };
  const encodedProperties = Object.entries(properties)
    .flatMap(([name, value]) => (value === undefined ? [] : `${name}=${escapeProperty(String(value))}`))
    .join(",");
  const message = mask.text(adviceOf(diagnostic)).replace(/\s*\n\s*/g, " ");
  return `::${severity} ${encodedProperties}::${escapeData(escapeText(message, { limit: 600 }))}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
