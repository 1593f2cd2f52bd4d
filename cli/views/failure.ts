import { escapeText, systemClock } from "../../src/index.ts";
import { eventHead } from "./apply/event-stream.ts";
import type { Colors } from "./colors.ts";
import { renderJsonLine } from "./json.ts";

/** What ended the run, and what to do about it. The message may quote Front, so it is foreign text. */
export function renderFailure({ message, advice }: { message: string; advice: string }, paint: Colors): string {
  return `\n${paint.red(paint.bold("Error:"))} ${paint.bold(escapeText(message, { limit: 300 }))}\n\n  ${advice}\n`;
}

/**
 * The same for programs. Who called may expect a plan, a validation or a stream of events, and nobody can tell when the
 * words are wrong, so it is on one line and has what each of their readers looks for.
 */
export function failureJson({ message, advice }: { message: string; advice: string }, clock = systemClock): string {
  const diagnostic = { severity: "error", summary: message, detail: advice };
  return renderJsonLine({
    ...eventHead("error", `Error: ${message}`, clock.now()),
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
