import { type Diagnostic, type FrontApi, hasBlockingErrors } from "../src/internal.ts";
import type { Format } from "./args/shared-options.ts";
import { createSourceLink } from "./ci/source-links.ts";
import type { OutputFile } from "./output-file.ts";
import type { MaskContext, Session } from "./session.ts";
import { thumbnailsOf } from "./thumbnails.ts";
import { completeEachAdvice } from "./views/advice.ts";
import { renderPage } from "./views/html/page.ts";
import { planJson } from "./views/plan/json.ts";
import { renderMarkdown } from "./views/plan/markdown.ts";
import { renderPlan } from "./views/plan/text.ts";
import { renderJson } from "./views/text.ts";

export interface PrintedPlan extends MaskContext {
  /** Diagnostics of the configuration, or of the file of a saved plan. */
  readonly diagnostics: readonly Diagnostic[];
  /** The version of front-contacts that created the plan. */
  readonly version: string;
  /** The time at which the plan was created, in epoch milliseconds. */
  readonly createdAt: number;
}

export interface PrintOptions {
  readonly format: Format;
  readonly full: boolean;
  readonly maskedPage: boolean;
  readonly htmlFile: OutputFile | undefined;
  /** Printed in the format `json`. Default: the plan. */
  readonly jsonOutput?: object | undefined;
  /** The command that shows the plan in full; undefined for a new plan. */
  readonly showCommand?: string | undefined;
  /** Downloads pictures in Front for the page; undefined for a saved plan, and to omit these pictures. */
  readonly front?: FrontApi | undefined;
}

/**
 * Prints a plan, even if a guard rejects it, and writes its HTML page if `htmlFile` is set. Returns whether there is a
 * plan that no error blocks.
 */
export async function printPlan(
  printedPlan: PrintedPlan,
  printOptions: PrintOptions,
  session: Session,
): Promise<boolean> {
  const { plan, sources, version, createdAt } = printedPlan;
  const { format, htmlFile, showCommand } = printOptions;
  const { contacts } = session.args;
  const allDiagnostics = [...printedPlan.diagnostics, ...(plan?.diagnostics ?? [])];
  const diagnostics = completeEachAdvice(allDiagnostics, contacts);
  const needsPage = htmlFile !== undefined || format === "html";
  const html = needsPage ? await renderPlanPage(printedPlan, diagnostics, printOptions, session) : "";
  if (format === "text") printText(printedPlan, printOptions, session);
  else if (format === "json") {
    session.out(renderJson(printOptions.jsonOutput ?? planJson(plan, { version, createdAt, diagnostics, sources })));
  } else {
    const link = createSourceLink(session.environment);
    const options = { diagnostics, mask: session.mask(printedPlan), link, contacts, showCommand };
    session.out(format === "html" ? html : renderMarkdown(plan, options));
    // Standard output is often redirected to a file, so standard error shows the diagnostics too.
    session.showDiagnostics(allDiagnostics, printedPlan);
  }
  htmlFile?.write(html);
  return plan !== undefined && !hasBlockingErrors(diagnostics);
}

function printText(printedPlan: PrintedPlan, { full, front }: PrintOptions, session: Session): void {
  const { plan, diagnostics } = printedPlan;
  const { contacts } = session.args;
  session.showDiagnostics(diagnostics, printedPlan);
  if (plan === undefined) return;
  if (!hasBlockingErrors([...diagnostics, ...plan.diagnostics]) || plan.changes.length > 0) {
    const options = { mask: session.mask(printedPlan), full, contacts, advisesImport: front !== undefined };
    session.print(renderPlan(plan, session.colors("stdout"), options));
  }
  session.showDiagnostics(plan.diagnostics, printedPlan);
}

async function renderPlanPage(
  printedPlan: PrintedPlan,
  diagnostics: readonly Diagnostic[],
  { maskedPage, front }: PrintOptions,
  session: Session,
): Promise<string> {
  const { plan, version } = printedPlan;
  const mask = session.mask(printedPlan, maskedPage);
  const thumbnails =
    plan === undefined || maskedPage ? undefined : await thumbnailsOf(plan, { cwd: session.cwd, front });
  return renderPage(plan, { diagnostics, mask, version, thumbnails, contacts: session.args.contacts });
}
