import { type Diagnostic, escapeText, systemClock } from "../../src/internal.ts";
import { adviceOf } from "./advice.ts";
import { eventHead } from "./apply/event-view.ts";
import type { Colors } from "./colors.ts";
import { diagnosticsJson, renderPosition } from "./diagnostics.ts";
import { renderJsonLine } from "./text.ts";

/** Escapes the summary and the advice, because they may contain text from Front or from a file. */
export function renderFailure(
  { summary, location, ...error }: Pick<Diagnostic, "summary" | "advice" | "remedy" | "location">,
  colors: Colors,
): string {
  const { red, bold } = colors;
  const paragraphs = [
    `\n${red(bold("Error:"))} ${bold(escapeText(summary, { limit: 300 }))}`,
    ...(location === undefined ? [] : [renderPosition("on", location, colors)]),
    `  ${escapeText(adviceOf(error), { limit: Number.POSITIVE_INFINITY })}`,
  ];
  return `${paragraphs.join("\n\n")}\n`;
}

/**
 * Returns a JSON line that can be read as a plan, a validation result or an event, because invalid arguments do not
 * show which of these formats the caller expects.
 */
export function failureJson(error: Diagnostic, clock = systemClock): string {
  const [diagnostic] = diagnosticsJson([error]).diagnostics;
  return renderJsonLine({
    ...eventHead("error", `Error: ${error.summary}`, clock.now()),
    type: "diagnostic",
    diagnostic,
    format_version: "1.2",
    valid: false,
    errored: true,
    applyable: false,
    complete: false,
    error_count: 1,
    warning_count: 0,
    diagnostics: [diagnostic],
  });
}
