import { BOUNDS } from "../desired/bounds.ts";
import { joinDrafts, readDraft } from "../desired/draft.ts";
import { checkRules } from "../desired/rules.ts";
import { checkSchema } from "../desired/schema.ts";
import { createSource } from "../desired/source.ts";
import { parseYaml } from "../desired/yaml.ts";

/** What a file needs besides its entries: a headline, declarations, line breaks. */
const MARGIN = 64 * 1024;

/** The largest text that the entries of a file may have together, in bytes. */
export const MOST_ENTRY_BYTES = BOUNDS.fileBytes - MARGIN;

/** Returns why `validate` would refuse an entry, as it stands under `contacts:`; undefined when it would not. */
export function objectToEntry(text: string): string | undefined {
  if (Buffer.byteLength(text) > MOST_ENTRY_BYTES) return "is larger than a file may be";
  const { documents, diagnostics } = parseYaml(createSource("entry.yaml", `contacts:\n${text}`));
  const draft = joinDrafts(documents.map(readDraft));
  const found = [...diagnostics, ...documents.flatMap(checkSchema), ...checkRules({ ...draft, complete: true })];
  const error = found.find(({ severity }) => severity === "error");
  return error && `would not be valid in a file: ${error.summary}`;
}
