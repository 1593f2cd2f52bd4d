import { byPlace, type Diagnostic, showForeign } from "../../src/index.ts";
import type { Mask } from "../mask.ts";

/** GitHub shows no more than this of a kind for one step. */
const MOST = 10;

export interface AnnotationOptions {
  readonly mask: Mask;
  /** A place's file as the repository names it. */
  readonly fileOf: (file: string) => string;
}

/** Diagnostics as commands to GitHub's runner, which shows them beside the lines of a pull request. */
export function renderAnnotations(diagnostics: readonly Diagnostic[], options: AnnotationOptions): string {
  return (["error", "warning"] as const)
    .flatMap((severity) =>
      diagnostics
        .filter((one) => one.severity === severity)
        .toSorted(byPlace)
        .slice(0, MOST),
    )
    .map((diagnostic) => `${renderAnnotation(diagnostic, options)}\n`)
    .join("");
}

function renderAnnotation(diagnostic: Diagnostic, { mask, fileOf }: AnnotationOptions): string {
  const { severity, summary, advice, place } = diagnostic;
  const properties: readonly (readonly [string, string])[] = [
    ...(place === undefined
      ? []
      : ([
          ["file", showForeign(fileOf(place.file), { limit: Number.POSITIVE_INFINITY })],
          ["line", String(place.line)],
          ["col", String(place.column)],
        ] as const)),
    ["title", showForeign(mask.text(summary))],
  ];
  const shown = properties.map(([name, value]) => `${name}=${escapeProperty(value)}`).join(",");
  const message = mask.text(advice).replace(/\s*\n\s*/g, " ");
  return `::${severity} ${shown}::${escapeData(showForeign(message, { limit: 600 }))}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
