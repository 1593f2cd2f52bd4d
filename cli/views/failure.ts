import { showForeign } from "../../src/index.ts";
import type { Paint } from "../paint.ts";
import { renderJson } from "./json.ts";

/** What ended the run, and what to do about it. The message may quote Front, so it is foreign text. */
export function renderFailure({ message, advice }: { message: string; advice: string }, paint: Paint): string {
  return `\n${paint.red(paint.bold("Error:"))} ${paint.bold(showForeign(message, { limit: 300 }))}\n\n  ${advice}\n`;
}

/** The same for programs. It has no more than a plan and a validation have in common, so either's reader understands it. */
export function failureJson({ message, advice }: { message: string; advice: string }): string {
  const diagnostics = [{ severity: "error", summary: message, detail: advice }];
  return renderJson({
    format_version: "1.2",
    valid: false,
    errored: true,
    applyable: false,
    complete: false,
    error_count: 1,
    warning_count: 0,
    diagnostics,
  });
}
