import { byLocation, type Diagnostic, escapeText } from "../../src/internal.ts";
import { adviceOf } from "../views/advice.ts";
import type { Mask } from "../views/mask.ts";

/** GitHub shows at most this many annotations of a kind for one step. */
const MAX_ANNOTATIONS = 10;

export interface AnnotationOptions {
  readonly mask: Mask;
  /** Returns a file's path within the repository. */
  readonly fileOf: (file: string) => string;
}

/** Renders diagnostics as workflow commands, which GitHub shows beside the lines of a pull request. */
export function renderAnnotations(diagnostics: readonly Diagnostic[], options: AnnotationOptions): string {
  return (["error", "warning"] as const)
    .flatMap((severity) =>
      diagnostics
        .filter((one) => one.severity === severity)
        .toSorted(byLocation)
        .slice(0, MAX_ANNOTATIONS),
    )
    .map((diagnostic) => `${renderAnnotation(diagnostic, options)}\n`)
    .join("");
}

function renderAnnotation(diagnostic: Diagnostic, { mask, fileOf }: AnnotationOptions): string {
  const { severity, summary, location } = diagnostic;
  const properties: readonly (readonly [string, string])[] = [
    ...(location === undefined
      ? []
      : ([
          ["file", escapeText(fileOf(location.file), { limit: Number.POSITIVE_INFINITY })],
          ["line", String(location.line)],
          ["col", String(location.column)],
        ] as const)),
    ["title", escapeText(mask.text(summary))],
  ];
  const shown = properties.map(([name, value]) => `${name}=${escapeProperty(value)}`).join(",");
  const message = mask.text(adviceOf(diagnostic)).replace(/\s*\n\s*/g, " ");
  return `::${severity} ${shown}::${escapeData(escapeText(message, { limit: 600 }))}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
