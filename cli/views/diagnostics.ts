import {
  byLocation,
  type Diagnostic,
  escapeText,
  lineRanges,
  type SourceLocation,
  type SourceTexts,
} from "../../src/internal.ts";
import { adviceOf } from "./advice.ts";
import type { Colors } from "./colors.ts";
import { type Mask, NO_MASK } from "./mask-handles.ts";
import { renderSnippet } from "./snippet.ts";
import { plural, shorten } from "./text.ts";

export type Sources = Pick<SourceTexts, "get">;

/** Maximum number of graphemes in a summary or in advice. Prevents untrusted text from filling the terminal. */
const MAX_LENGTH = 600;

export interface DiagnosticsOptions {
  readonly mask?: Mask;
  /** Maximum number of columns of a source line and its line number. Default: 100, excluding the line number. */
  readonly width?: number | undefined;
}

/**
 * Returns each diagnostic as a paragraph with its source line, ordered by location. If more than 10 diagnostics have
 * the same severity and code, one paragraph summarizes all but the first 10.
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: Sources | undefined,
  colors: Colors,
  { mask = NO_MASK, width }: DiagnosticsOptions = {},
): string {
  const options = { readLines: createLineReader(sources), colors, mask, width };
  const kinds = new Map<string, Diagnostic[]>();
  const paragraphs: string[][] = [];
  for (const diagnostic of diagnostics.toSorted(byLocation)) {
    const kind = `${diagnostic.severity} ${diagnostic.code}`;
    const sameKind = kinds.get(kind) ?? [];
    kinds.set(kind, sameKind);
    sameKind.push(diagnostic);
    if (sameKind.length <= MAX_OF_A_KIND) paragraphs.push(renderDiagnostic(diagnostic, options));
  }
  for (const sameKind of kinds.values()) {
    if (sameKind.length > MAX_OF_A_KIND) paragraphs.push(renderOthers(sameKind.slice(MAX_OF_A_KIND), options));
  }
  return paragraphs.map((lines) => `${lines.join("\n")}\n\n`).join("");
}

const MAX_OF_A_KIND = 10;

/** Maximum number of files, and of line ranges in a file. */
const MAX_LISTED = 50;

interface RenderOptions {
  readonly readLines: ReadLines;
  readonly colors: Colors;
  readonly mask: Mask;
  readonly width: number | undefined;
}

function renderOthers(others: readonly Diagnostic[], { colors, mask }: RenderOptions): string[] {
  const [first] = others;
  if (first === undefined) return [];
  const counted = plural(others.length, `more ${first.severity}`);
  const head = `${counted} of the same kind (${first.code})`;
  const escapeMasked = (text: string) => escapeText(mask.text(text), { limit: MAX_LENGTH });
  const label = others.length === 1 ? "" : "First: ";
  return [
    `${labelOf(first, colors)} ${colors.bold(head)}`,
    "",
    ...locationsByFile(others),
    "",
    `  ${label}${escapeMasked(first.summary)}`,
    `  ${escapeMasked(adviceOf(first))}`,
  ];
}

function locationsByFile(diagnostics: readonly Diagnostic[]): string[] {
  const lines = new Map<string, Set<number>>();
  for (const { location } of diagnostics) {
    if (location === undefined) continue;
    const { file, line } = location;
    lines.set(file, (lines.get(file) ?? new Set()).add(line));
  }
  const listed = [...lines].map(
    ([file, numbers]) => `  on ${escapeText(file)}:${shorten(lineRanges(numbers), MAX_LISTED).join(", ")}`,
  );
  return shorten(listed, MAX_LISTED, (omitted) => `  and ${omitted} more`);
}

function renderDiagnostic(diagnostic: Diagnostic, options: RenderOptions): string[] {
  const { summary, location, related = [] } = diagnostic;
  const { colors, mask } = options;
  const escapeMasked = (text: string, limit = MAX_LENGTH) => escapeText(mask.text(text), { limit });
  return [
    `${labelOf(diagnostic, colors)} ${colors.bold(escapeMasked(summary))}`,
    "",
    ...(location === undefined ? [] : renderLocation("on", location, colorOf(diagnostic, colors), options)),
    ...related.flatMap((other) =>
      renderLocation(`${escapeMasked(other.note, 200)} at`, other.location, colors.cyan, options),
    ),
    ...(location === undefined ? [] : [""]),
    `  ${escapeMasked(adviceOf(diagnostic))}`,
  ];
}

function colorOf({ severity }: Diagnostic, { red, yellow }: Colors): (text: string) => string {
  return severity === "error" ? red : yellow;
}

function labelOf(diagnostic: Diagnostic, colors: Colors): string {
  return colorOf(diagnostic, colors)(colors.bold(diagnostic.severity === "error" ? "Error:" : "Warning:"));
}

/** Returns a line such as `  on contacts/town.yaml:3:5`. */
export function renderPosition(lead: string, { file, line, column }: SourceLocation, { bold }: Colors): string {
  return `  ${lead} ${bold(`${escapeText(file)}:${line}:${column}`)}`;
}

function renderLocation(
  lead: string,
  location: SourceLocation,
  color: (text: string) => string,
  { readLines, colors, mask, width }: RenderOptions,
): string[] {
  const { file, line, column, length } = location;
  const head = renderPosition(lead, location, colors);
  const source = readLines(file)?.[line - 1];
  if (source === undefined) return [head];
  const number = String(line).padStart(4);
  const codeWidth = width === undefined ? undefined : width - `  ${number} | `.length;
  const masked = mask.line(source.replace(/\r$/, ""), { start: column - 1, length });
  const { code, underline } = renderSnippet(masked.line, masked.span, codeWidth);
  const margin = colors.dim(`  ${number} |`);
  const gap = colors.dim(`  ${" ".repeat(number.length)} |`);
  return [head, code === "" ? margin : `${margin} ${code}`, `${gap} ${color(underline)}`];
}

/** Returns the lines of a file; undefined if its text is not available, for example for a saved plan. */
type ReadLines = (file: string) => readonly string[] | undefined;

function createLineReader(sources: Sources | undefined): ReadLines {
  const linesByFile = new Map<string, readonly string[] | undefined>();
  return (file) => {
    const lines = linesByFile.get(file) ?? sources?.get(file)?.split("\n");
    linesByFile.set(file, lines);
    return lines;
  };
}

/** Returns the result of `validate --json` in Terraform's shape. */
export function diagnosticsJson(diagnostics: readonly Diagnostic[], sources?: Sources) {
  const readLines = createLineReader(sources);
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  return {
    format_version: "1.0",
    valid: errors === 0,
    error_count: errors,
    warning_count: diagnostics.length - errors,
    diagnostics: diagnostics.toSorted(byLocation).map((diagnostic) => diagnosticJson(diagnostic, readLines)),
  };
}

function diagnosticJson(diagnostic: Diagnostic, readLines: ReadLines) {
  const { severity, code, summary, location, excludedAddress, related = [] } = diagnostic;
  return {
    severity,
    summary,
    detail: adviceOf(diagnostic),
    range: location && rangeJson(location, readLines),
    snippet: location && snippetJson(location, readLines),
    code,
    address: excludedAddress,
    related:
      related.length === 0
        ? undefined
        : related.map((other) => ({ note: other.note, range: rangeJson(other.location, readLines) })),
  };
}

/** Returns byte offsets only if the text of the file is available. */
function rangeJson({ file, line, column, length }: SourceLocation, readLines: ReadLines) {
  const fileLines = readLines(file);
  const before = fileLines?.slice(0, line - 1).reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
  const text = fileLines?.[line - 1] ?? "";
  const byteOf = (at: number) => (before === undefined ? undefined : before + Buffer.byteLength(text.slice(0, at)));
  const end = column - 1 + length;
  return {
    filename: file,
    start: { line, column, byte: byteOf(column - 1) },
    end: { line, column: end + 1, byte: byteOf(end) },
  };
}

function snippetJson({ file, line, column, length }: SourceLocation, readLines: ReadLines) {
  const fileLines = readLines(file);
  if (fileLines === undefined) return undefined;
  const code = (fileLines[line - 1] ?? "").replace(/\r$/, "");
  return {
    context: null,
    code,
    start_line: line,
    // An error at the end of a line, such as a missing bracket, is after the code. Programs cut the code at the offsets.
    highlight_start_offset: Math.min(column - 1, code.length),
    highlight_end_offset: Math.min(column - 1 + length, code.length),
    values: [],
  };
}
