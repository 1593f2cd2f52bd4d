import { byLocation, type Diagnostic, escapeText, type SourceLocation } from "../../src/index.ts";
import { type Mask, NO_MASK } from "./mask.ts";
import { renderSnippet } from "./snippet.ts";

/** The colours that this view uses; each gives its text back when there are to be none. */
export interface DiagnosticPaint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** The text of files, by the name that places give them. */
export type Sources = ReadonlyMap<string, string>;

/** Whole sentences may be long; they are cut only to keep a hostile one from filling the screen. */
const LONGEST = 600;

/** Every diagnostic as a paragraph with its line of source, in the order of their places. */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: Sources,
  paint: DiagnosticPaint,
  mask: Mask = NO_MASK,
): string {
  const manner = { lines: linesOf(sources), paint, mask };
  return diagnostics
    .toSorted(byLocation)
    .map((diagnostic) => `${renderDiagnostic(diagnostic, manner).join("\n")}\n\n`)
    .join("");
}

interface Manner {
  readonly lines: Lines;
  readonly paint: DiagnosticPaint;
  readonly mask: Mask;
}

function renderDiagnostic(diagnostic: Diagnostic, manner: Manner): string[] {
  const { severity, summary, advice, location, related = [] } = diagnostic;
  const { paint, mask } = manner;
  const colour = severity === "error" ? paint.red : paint.yellow;
  const word = colour(paint.bold(severity === "error" ? "Error:" : "Warning:"));
  const shown = (text: string, limit = LONGEST) => escapeText(mask.text(text), { limit });
  return [
    `${word} ${paint.bold(shown(summary))}`,
    "",
    ...(location === undefined ? [] : renderPlace("on", location, colour, manner)),
    ...related.flatMap((other) => renderPlace(`${shown(other.note, 200)} at`, other.location, paint.cyan, manner)),
    ...(location === undefined ? [] : [""]),
    `  ${shown(advice)}`,
  ];
}

function renderPlace(
  lead: string,
  { file, line, column, length }: SourceLocation,
  colour: (text: string) => string,
  { lines, paint, mask }: Manner,
): string[] {
  const head = `  ${lead} ${paint.bold(`${escapeText(file)}:${line}:${column}`)}`;
  const source = lines(file)[line - 1];
  if (source === undefined) return [head];
  const masked = mask.line(source.replace(/\r$/, ""), { start: column - 1, length });
  const { code, underline } = renderSnippet(masked.line, masked.span);
  const number = String(line).padStart(4);
  const margin = paint.dim(`  ${number} |`);
  const gap = paint.dim(`  ${" ".repeat(number.length)} |`);
  return [head, code === "" ? margin : `${margin} ${code}`, `${gap} ${colour(underline)}`];
}

type Lines = (file: string) => readonly string[];

/** Splits a file when one of its lines is first asked for. */
function linesOf(sources: Sources): Lines {
  const split = new Map<string, readonly string[]>();
  return (file) => {
    const known = split.get(file) ?? sources.get(file)?.split("\n") ?? [];
    split.set(file, known);
    return known;
  };
}

/** The answer of `validate --json`, in the shape that tools for Terraform know. */
export function diagnosticsJson(
  diagnostics: readonly Diagnostic[],
  sources: Sources,
  valid = diagnostics.every(({ severity }) => severity !== "error"),
) {
  const lines = linesOf(sources);
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  return {
    format_version: "1.0",
    valid,
    error_count: errors,
    warning_count: diagnostics.length - errors,
    diagnostics: diagnostics.toSorted(byLocation).map((diagnostic) => diagnosticJson(diagnostic, lines)),
  };
}

/** One diagnostic in Terraform's shape; `code` and `related` are our own additions. */
function diagnosticJson(
  { severity, code, summary, advice, location, leavesOut, related = [] }: Diagnostic,
  lines: Lines,
) {
  return {
    severity,
    summary,
    detail: advice,
    ...(location === undefined ? {} : { range: rangeJson(location, lines), snippet: snippetJson(location, lines) }),
    code,
    ...(leavesOut === undefined ? {} : { address: leavesOut }),
    ...(related.length === 0
      ? {}
      : { related: related.map((other) => ({ note: other.note, range: rangeJson(other.location, lines) })) }),
  };
}

function rangeJson({ file, line, column, length }: SourceLocation, lines: Lines) {
  const all = lines(file);
  const before = all.slice(0, line - 1).reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
  const text = all[line - 1] ?? "";
  const byteOf = (at: number) => before + Buffer.byteLength(text.slice(0, at));
  const end = column - 1 + length;
  return {
    filename: file,
    start: { line, column, byte: byteOf(column - 1) },
    end: { line, column: end + 1, byte: byteOf(end) },
  };
}

function snippetJson({ file, line, column, length }: SourceLocation, lines: Lines) {
  return {
    context: null,
    code: (lines(file)[line - 1] ?? "").replace(/\r$/, ""),
    start_line: line,
    highlight_start_offset: column - 1,
    highlight_end_offset: column - 1 + length,
    values: [],
  };
}
