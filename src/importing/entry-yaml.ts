import { checkRules } from "../config/rules.ts";
import { checkSchema } from "../config/schema.ts";
import { joinUncheckedConfigs, readUncheckedConfig } from "../config/unchecked-config.ts";
import { LIMITS } from "../model/limits.ts";
import { formatEntry, formatInline, type YamlValue } from "../yaml/format.ts";
import { parseYaml } from "../yaml/parse.ts";
import { createSource } from "../yaml/source-text.ts";
import type { Addition } from "./append-entries.ts";
import type { AccountEntry, Entry, EntryField, EntryList } from "./entry.ts";
import type { SharedValues } from "./shared-values.ts";

/** Returns the YAML of an entry below `contacts:`, indented by two spaces and ending with a line break. */
export function entryText(key: string, entry: Entry): string {
  const text =
    TEXTS.get(entry) ?? formatEntry(["contacts", PLACEHOLDER], plainEntry(entry)).slice(`  ${PLACEHOLDER}`.length);
  TEXTS.set(entry, text);
  return `  ${formatInline(key, { inFlow: false })}${text}`;
}

const PLACEHOLDER = "key";

/** Caches the text after the key of each entry: most entries are formatted twice, to check them and to write them. */
const TEXTS = new WeakMap<Entry, string>();

export function accountText(key: string, { id, name, description, domains, ...entry }: AccountEntry): string {
  const { externalId, customFields } = entry;
  const plain = { name, description, domains: nonEmpty(domains), external_id: externalId, id };
  return formatEntry(["accounts", key], { ...plain, custom_fields: plainFields(customFields) });
}

function plainEntry(entry: Entry): YamlValue {
  const { name, description, handles, links, lists, customFields, avatar, account, exact } = entry;
  return {
    name,
    description,
    handles: nonEmpty(handles.map(({ source, handle }) => ({ source, handle }))),
    links: nonEmpty(links),
    lists: nonEmpty(lists.map(plainList)),
    custom_fields: plainFields(customFields),
    avatar,
    account: account?.key,
    exact,
  };
}

function plainFields(fields: readonly EntryField[]): YamlValue | undefined {
  return fields.length === 0 ? undefined : new Map(fields.map(({ name, value }) => [name, value]));
}

export function defaultsText(values: SharedValues): string {
  return formatEntry(["defaults"], plainEntry({ ...values, handles: [] }));
}

function nonEmpty<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length === 0 ? undefined : items;
}

export function plainList({ name, id, byId = false }: EntryList): YamlValue {
  return byId ? { id } : name;
}

export function fieldText({ name, value }: EntryField, options: { readonly inFlow: boolean }): string {
  return `${formatInline(name, options)}: ${formatInline(value, options)}`;
}

/** Bytes reserved in each file for text that is not counted: the first line, section keys and line breaks. */
const MARGIN = 64 * 1024;
export const MAX_ENTRY_BYTES = LIMITS.fileBytes - MARGIN;

/**
 * Minimum number of bytes to count for a value. Leaves room for 2,000 values that are not counted, such as section
 * keys.
 */
const BYTES_PER_VALUE = MAX_ENTRY_BYTES / (LIMITS.values - 2000);

/** The keys of declarations, in the order in which they are written. */
export const DECLARATION_KEYS = ["accounts", "lists", "custom_fields"] as const;

/** The YAML of each declaration, by key and name, indented by two spaces. */
export type Declarations = Readonly<Record<(typeof DECLARATION_KEYS)[number], Map<string, string>>>;

export function newDeclarations(): Declarations {
  return { accounts: new Map(), lists: new Map(), custom_fields: new Map() };
}

export function listDeclaration(name: string): string {
  return `  - ${formatInline(name, { inFlow: false })}\n`;
}

export function fieldDeclaration(name: string, type: string): string {
  return formatEntry(["custom_fields", name], { type });
}

/**
 * Returns the size of a text in bytes, or a higher number if the text has many short values. The number of values in a
 * file is also limited.
 */
export function weightedSize(text: string): number {
  // A line, an opening brace or bracket, or a comma begins at most one entry of a map or a sequence.
  const values = text.match(/[\n{[,]/g)?.length ?? 0;
  return Math.max(Buffer.byteLength(text), Math.ceil(values * BYTES_PER_VALUE));
}

export function weightedDeclarationSize(added: Declarations): number {
  return declarationAdditions(added).reduce((sum, { lines }) => sum + weightedSize(lines("    ")), 0);
}

export function declarationAdditions(declared: Declarations): Addition[] {
  const listEntries = (indent: string) =>
    [...declared.lists.keys()].map((name) => `${indent}${formatInline(name, { inFlow: false })}: {}\n`).join("");
  return DECLARATION_KEYS.filter((key) => declared[key].size > 0).map((key) => ({
    key,
    lines: (indent) => [...declared[key].values()].map((text) => indented(text, indent)).join(""),
    ...(key === "lists" && { entries: listEntries }),
  }));
}

/** Returns the text of an entry with its indent of two spaces replaced with `indent`. */
export function indented(text: string, indent: string): string {
  return indent === "  " ? text : text.replaceAll(/^ {2}(?=.)/gm, indent);
}

/** Returns the first reason why a file with an entry would be invalid, if any. */
type Check<E> = (key: string, entry: E) => string | undefined;

/**
 * Returns a check that ignores the account of an entry, because another part of the configuration may declare it, and
 * `exact`, because the values of an exact collection may all come from defaults.
 */
export function createEntryCheck(entries: readonly Entry[]): Check<Entry> {
  return createCheck("contacts", entries, (key, entry) => entryText(key, ownValues(entry)));
}

function ownValues(entry: Entry): Entry {
  const { account, exact, ...values } = entry;
  return account === undefined && exact === undefined ? entry : values;
}

export function createAccountCheck(entries: readonly AccountEntry[]): Check<AccountEntry> {
  return createCheck("accounts", entries, accountText);
}

/** Maximum number of entries to check together. If one of them is invalid, each is checked separately. */
const CHECK_BATCH_SIZE = 25;

/** Returns a check that has already checked `entries` in batches, which is much faster than checking each entry. */
function createCheck<E>(
  section: "contacts" | "accounts",
  entries: readonly E[],
  textOf: (key: string, entry: E) => string,
): Check<E> {
  const valid = new Set<E>();
  for (let start = 0; start < entries.length; start += CHECK_BATCH_SIZE) {
    const batch = entries.slice(start, start + CHECK_BATCH_SIZE);
    const text = batch.map((entry, index) => textOf(`entry-${index}`, entry)).join("");
    if (checkFile(section, text) === undefined) for (const entry of batch) valid.add(entry);
  }
  return (key, entry) => (valid.has(entry) ? undefined : checkFile(section, textOf(key, entry)));
}

function checkFile(top: "contacts" | "accounts", text: string): string | undefined {
  if (Buffer.byteLength(text) > MAX_ENTRY_BYTES) return "exceeds the maximum size of an entry";
  const { documents, diagnostics } = parseYaml(createSource("entry.yaml", `${top}:\n${text}`));
  const config = joinUncheckedConfigs(documents.map((document) => readUncheckedConfig(document)));
  const found = [...diagnostics, ...documents.flatMap(checkSchema), ...checkRules({ ...config, complete: true })];
  const error = found.find(({ severity }) => severity === "error");
  return error && `would not be valid in a file: ${error.summary}`;
}
