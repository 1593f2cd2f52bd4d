import { checkRules } from "../config/rules.ts";
import { checkSchema } from "../config/schema.ts";
import { joinUncheckedConfigs, readUncheckedConfig } from "../config/unchecked-config.ts";
import { parseYaml } from "../yaml/parse.ts";
import { createSource } from "../yaml/source-text.ts";
import { MAX_ENTRY_BYTES } from "./declarations.ts";
import type { AccountEntry, Entry } from "./entry.ts";
import { accountText, entryText } from "./entry-text.ts";

/** Returns why an entry would not pass `validate`; undefined if it would. */
export function checkEntry(key: string, { account: _, ...entry }: Entry): string | undefined {
  return checkFile("contacts", entryText(key, entry));
}

/** Returns why an account would not pass `validate`; undefined if it would. */
export function checkAccount(key: string, entry: AccountEntry): string | undefined {
  return checkFile("accounts", accountText(key, entry));
}

function checkFile(top: "contacts" | "accounts", text: string): string | undefined {
  if (Buffer.byteLength(text) > MAX_ENTRY_BYTES) return "exceeds the maximum size of a file";
  const { documents, diagnostics } = parseYaml(createSource("entry.yaml", `${top}:\n${text}`));
  const config = joinUncheckedConfigs(documents.map((document) => readUncheckedConfig(document)));
  const found = [...diagnostics, ...documents.flatMap(checkSchema), ...checkRules({ ...config, complete: true })];
  const error = found.find(({ severity }) => severity === "error");
  return error && `would not be valid in a file: ${error.summary}`;
}
