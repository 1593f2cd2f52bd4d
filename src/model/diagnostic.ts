import type { DiagnosticCode } from "./diagnostic-codes.ts";
import type { Remedy } from "./remedy.ts";

/** A location in a file. Lines and columns start at 1. Columns and lengths are in UTF-16 code units. */
export interface SourceLocation {
  /**
   * The path relative to the working directory; absolute if the file or its directory was specified by an absolute
   * path.
   */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The length of the range to underline, up to the end of the line, but at least 1. */
  readonly length: number;
}

/** A problem and its solution. The texts may contain untrusted text: escape them before display. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** A stable identifier for programs, such as `handle-twice`. */
  readonly code: DiagnosticCode;
  /** One line without a trailing period. */
  readonly summary: string;
  /** The next steps, in complete sentences. */
  readonly advice: string;
  /** A way to resolve the problem, such as a higher limit. */
  readonly remedy?: Remedy | undefined;
  readonly location?: SourceLocation;
  /** With `createDesiredState`: the path of the value, such as `contacts.ann.handles[0].source`. */
  readonly path?: string;
  /** The entry that this error excludes from the plan. */
  readonly excludedAddress?: string;
  /** Other locations of the problem, such as the first of two declarations. */
  readonly related?: readonly { readonly location: SourceLocation; readonly note: string }[];
}

type Details = readonly [code: DiagnosticCode, summary: string, advice: string, remedy?: Remedy];

export function errorAt(location: SourceLocation | undefined, ...[code, summary, advice, remedy]: Details): Diagnostic {
  return { severity: "error", code, summary, advice, ...(remedy && { remedy }), ...(location && { location }) };
}

export function warningAt(location: SourceLocation | undefined, ...details: Details): Diagnostic {
  return { ...errorAt(location, ...details), severity: "warning" };
}

/** Returns an error that has no location. */
export function generalError(...details: Details): Diagnostic {
  return errorAt(undefined, ...details);
}

/** Returns a warning that has no location. */
export function generalWarning(...details: Details): Diagnostic {
  return warningAt(undefined, ...details);
}

/** Returns an error that excludes an entry from the plan. `reason` completes the sentence "… is skipped, because". */
export function skippedEntry(
  address: string,
  location: SourceLocation,
  code: DiagnosticCode,
  reason: string,
  advice: string,
): Diagnostic {
  const summary = `${address} is skipped, because ${reason}`;
  return { ...errorAt(location, code, summary, advice), excludedAddress: address };
}

export function declaredHere({ key, location }: { readonly key: string; readonly location: SourceLocation }) {
  return { location, note: `${key} is declared here` };
}

/** Returns whether one of the diagnostics is an error that blocks the whole plan, and not only an entry. */
export function hasBlockingErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity, excludedAddress }) => severity === "error" && excludedAddress === undefined);
}

/** Returns whether one of the diagnostics is an error that excludes an entry from the plan. */
export function hasExcludedEntries(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity, excludedAddress }) => severity === "error" && excludedAddress !== undefined);
}

/** Returns a text that is the same for two locations that begin at the same character of a file. */
export function positionOf({ file, line, column }: Omit<SourceLocation, "length">): string {
  return `${file}:${line}:${column}`;
}

/** Compares diagnostics by location, for sorting. Diagnostics without a location come first. */
export function byLocation({ location: a }: Diagnostic, { location: b }: Diagnostic): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

/** A planned resource that apply refuses because re-validation failed, and the reason. */
export interface Refusal {
  readonly address: string;
  readonly diagnostic: Diagnostic;
}
