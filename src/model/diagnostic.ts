import type { DiagnosticCode } from "./diagnostic-codes.ts";
import type { Remedy } from "./remedy.ts";

/** A location in a file. Lines and columns count from 1, columns and lengths in UTF-16 units. */
export interface SourceLocation {
  /** The path relative to the working directory. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The number of characters to underline: at least 1, and not past the end of the line. */
  readonly length: number;
}

/** A problem, and what to do about it, as text that a view escapes and shows. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** Stable and kebab-case, for machines: `handle-twice`. */
  readonly code: DiagnosticCode;
  /** The problem, as one sentence without a full stop. May contain untrusted text, which views escape. */
  readonly summary: string;
  /** The next steps, as whole sentences. */
  readonly advice: string;
  /** The argument that avoids the problem. */
  readonly remedy?: Remedy | undefined;
  readonly location?: SourceLocation;
  /** The path in a configuration given to `createDesiredState` as an object: `contacts.ann.handles[0].source`. */
  readonly path?: string;
  /** The address of the entry that this error leaves out of the plan. The rest of the plan is not affected. */
  readonly leavesOut?: string;
  /** Other locations of the same problem, such as the first of two declarations. */
  readonly related?: readonly { readonly location: SourceLocation; readonly note: string }[];
}

/** Returns whether there is an error that concerns more than an entry that was left out. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity, leavesOut }) => severity === "error" && leavesOut === undefined);
}

/** Returns whether an entry was left out of the plan because of an error. */
export function leavesOutEntries(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity, leavesOut }) => severity === "error" && leavesOut !== undefined);
}

/** Orders diagnostics by file, line and column. Those without a location come first. */
export function byLocation({ location: a }: Diagnostic, { location: b }: Diagnostic): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

/** A resource that a plan does not change after all, and the reason. */
export interface Refusal {
  readonly address: string;
  readonly diagnostic: Diagnostic;
}
