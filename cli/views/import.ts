import { escapeText, type ImportReport, type ImportWarningGroup } from "../../src/index.ts";
import type { Colors } from "./colors.ts";

/** A file that would be written, harmless for a terminal. */
export function renderNewFile(path: string, text: string): string {
  const lines = text.split("\n").map((line) => escapeText(line, { limit: Number.POSITIVE_INFINITY }));
  return `# ${escapeText(path)}\n${lines.join("\n")}\n`;
}

const KINDS: Readonly<Record<ImportWarningGroup["kind"], readonly [one: string, many: string]>> = {
  undecodable: ["contact cannot be decoded and was skipped", "contacts cannot be decoded and were skipped"],
  "contact-left-out": ["contact was left out", "contacts were left out"],
  "handle-left-out": ["handle was left out", "handles were left out"],
  "value-left-out": ["value was left out", "values were left out"],
  "value-kept": [
    "value cannot be written; an entry that says another keeps it, and a plan shows what apply would overwrite",
    "values cannot be written; entries that say others keep them, and a plan shows what apply would overwrite",
  ],
  "not-updated": ["entry or property was not updated", "entries or properties were not updated"],
  "file-passed-over": [
    "file was not added to; its contacts were written to a new one",
    "files were not added to; their contacts were written to new ones",
  ],
  "not-found": ["was not found", "were not found"],
};

/** What could not be written, by kind, the first of each in words. */
export function renderRemarks(groups: readonly ImportWarningGroup[], paint: Colors): string {
  return groups
    .map(({ kind, count, texts }) => {
      const [one, many] = KINDS[kind];
      const rest = count - texts.length;
      return [
        paint.yellow(paint.bold(`${count} ${count === 1 ? one : many}:`)),
        ...texts.map((text) => `  ${escapeText(text, { limit: 300 })}`),
        ...(rest > 0 ? [`  and ${rest} more`] : []),
        "",
      ].join("\n");
    })
    .join("\n");
}

export interface ImportSummary extends ImportReport {
  readonly dryRun: boolean;
  readonly update: boolean;
  readonly fromFront: boolean;
}

const AFTER_FRONT = "`front-contacts plan` shows that nothing differs from Front.";
const AFTER_FILE = "`front-contacts plan` shows what they would change in Front.";

/** What an import came to, in a few lines. */
export function renderSummary(summary: ImportSummary): string {
  const { created, files, declared, dryRun, fromFront } = summary;
  const where = files.length === 1 ? escapeText(files[0] ?? "") : `${files.length} files`;
  const written = `${dryRun ? "Would write" : "Wrote"} ${people(created)} to ${where}.`;
  const known = `${people(declared)} ${declared === 1 ? "is" : "are"} in the files already${fateOfKnown(summary)}.`;
  const lines = [
    created > 0 ? written : "No new contacts.",
    ...(declared > 0 ? [known] : []),
    ...(created > 0 && !dryRun ? [fromFront ? AFTER_FRONT : AFTER_FILE] : []),
  ];
  return `${lines.join("\n")}\n`;
}

function fateOfKnown({ updated, dryRun, update }: ImportSummary): string {
  if (!update) return "; --update brings them up to date";
  const what = updated === 1 ? "1 entry" : `${updated} entries`;
  const were = updated === 1 ? "was" : "were";
  return `; ${what} ${dryRun ? "would be" : were} brought up to date`;
}

function people(count: number): string {
  return count === 1 ? "1 contact" : `${count} contacts`;
}
