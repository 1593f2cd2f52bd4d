import { checkRules } from "../config/rules.ts";
import { checkSchema } from "../config/schema.ts";
import { joinUncheckedConfigs, readUncheckedConfig } from "../config/unchecked-config.ts";
import { LIMITS } from "../model/limits.ts";
import { parseYaml } from "../yaml/parse.ts";
import { createSource } from "../yaml/source-text.ts";

/** What a file needs besides its entries: a headline, declarations, line breaks. */
const MARGIN = 64 * 1024;

/** The largest text that the entries of a file may have together, in bytes. */
export const MOST_ENTRY_BYTES = LIMITS.fileBytes - MARGIN;

/** Returns why `validate` would refuse an entry, as it stands under `contacts:`; undefined when it would not. */
export function objectToEntry(text: string): string | undefined {
  if (Buffer.byteLength(text) > MOST_ENTRY_BYTES) return "is larger than a file may be";
  const { documents, diagnostics } = parseYaml(createSource("entry.yaml", `contacts:\n${text}`));
  const draft = joinUncheckedConfigs(documents.map(readUncheckedConfig));
  const found = [...diagnostics, ...documents.flatMap(checkSchema), ...checkRules({ ...draft, complete: true })];
  const error = found.find(({ severity }) => severity === "error");
  return error && `would not be valid in a file: ${error.summary}`;
}
