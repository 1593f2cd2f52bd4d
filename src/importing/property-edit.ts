import type { ConfigValue, DesiredList } from "../model/contact.ts";
import type { SourceLocation } from "../model/diagnostic.ts";
import { isJsonObject, type JsonObject } from "../model/json-object.ts";
import { UneditableError, type YamlEdit } from "../yaml/edit.ts";
import { formatInline, type YamlValue } from "../yaml/format.ts";
import type { Pair } from "../yaml/nodes.ts";
import type { YAMLMap } from "../yaml/yaml-package.ts";
import type { EntryField, EntryList, ImportWarning } from "./entry.ts";

export interface Change extends Pick<YamlEdit, "textEdits">, Partial<Pick<YamlEdit, "removedComments">> {
  /** Returns the content of the entry after the edit. */
  readonly change: (entry: JsonObject) => JsonObject;
}

export interface PropertyEdit extends Change {
  readonly key: string;
  readonly property: string;
}

export interface EntryEdits {
  readonly edits: readonly PropertyEdit[];
  readonly warnings: readonly ImportWarning[];
}

export interface EntryNode {
  readonly pair: Pair;
  readonly map: YAMLMap.Parsed;
  /** Anchors to which aliases in the document refer. */
  readonly usedAnchors: ReadonlySet<string>;
}

export function notUpdated(key: string, property: string, reason: string): ImportWarning {
  return { kind: "not-updated", text: `${key}: its ${property} ${reason}` };
}

/** Returns a warning about a file. The keys come last, because views shorten a long text at its end. */
export function changedDuringImport(file: string, keys: readonly string[]): ImportWarning {
  const text = `${file} changed during the import; import again to update ${keys.join(", ")}`;
  return { kind: "not-updated", text };
}

const CHANGE_DEFAULT = "remove the default, or move the entry to another directory";

export function anchorError(): UneditableError {
  return new UneditableError(
    "cannot be edited, because the value comes from a YAML anchor, alias or merge key that other entries may share; edit it manually",
  );
}

export function defaultError(property: "avatar" | "account", location?: SourceLocation): UneditableError {
  const file = location === undefined ? "" : ` in ${location.file}`;
  return new UneditableError(`has a default${file}, but the contact has no ${property} in Front; ${CHANGE_DEFAULT}`);
}

export function inheritedValuesReason(values: readonly string[]): string {
  return `still include ${values.join(", ")}, which the contact does not have in Front; ${CHANGE_DEFAULT}`;
}

/** The new value of a property, and its YAML (`text`) on one line or as a block. */
export interface NewValue {
  readonly text: string;
  readonly value: unknown;
}

/** Equal items have equal keys. */
export interface NewItem extends NewValue {
  readonly key: string;
}

export interface DefaultValue {
  readonly key: string;
  readonly label: string;
}

export function sequenceOf(items: readonly NewItem[]): NewValue {
  return { text: `[${items.map(({ text }) => text).join(", ")}]`, value: items.map(({ value }) => value) };
}

export function mapOf(fields: readonly EntryField[]): NewValue {
  const values = new Map(fields.map(({ name, value }) => [name, value === 0 ? 0 : value]));
  return { text: formatInline(values, { inFlow: true }), value: Object.fromEntries(values) };
}

export function itemOf(key: string, value: YamlValue): NewItem {
  return { key, text: formatInline(value, { inFlow: true }), value };
}

export function withFields(entry: JsonObject, changed: ReadonlyMap<string, ConfigValue | null>): JsonObject {
  const before = isJsonObject(entry["custom_fields"]) ? entry["custom_fields"] : {};
  // A negative zero is written to the file as 0.
  const after = [...changed].map(([name, value]) => [name, value === 0 ? 0 : value] as const);
  return { ...entry, custom_fields: Object.fromEntries([...Object.entries(before), ...after]) };
}

/** Returns the ID of a declared list if the declaration or `lists` contains it, otherwise the name. */
export function matchKeyOfList(list: DesiredList, lists: readonly EntryList[]): string {
  if ("id" in list) return list.id;
  const found = lists.find(({ name, byId }) => name === list.name && !byId);
  return found?.id ?? list.name;
}
