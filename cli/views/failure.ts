import { type Diagnostic, escapeText, systemClock } from "../../src/internal.ts";
import { adviceOf } from "./advice.ts";
import { eventHead } from "./apply/event-view.ts";
import type { Colors } from "./colors.ts";
import { diagnosticsJson } from "./diagnostics.ts";
import { renderJsonLine } from "./text.ts";

/** Returns the error that ended the run, with advice. The summary may quote Front, so it is untrusted text. */
export function renderFailure(error: Pick<Diagnostic, "summary" | "advice" | "remedy">, paint: Colors): string {
  return `\n${paint.red(paint.bold("Error:"))} ${paint.bold(escapeText(error.summary, { limit: 300 }))}\n\n  ${adviceOf(error)}\n`;
}

/**
 * Returns the error as JSON on one line. The reader may expect a plan, a validation result or a stream of events.
 * Invalid arguments do not show which, so the object has the properties of all three.
 */
export function failureJson(error: Diagnostic, clock = systemClock): string {
  const [diagnostic] = diagnosticsJson([error], new Map()).diagnostics;
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
