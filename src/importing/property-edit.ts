import { addToMap, type EditedText, type YamlEdit } from "../yaml/edit.ts";
import type { PlainMap } from "../yaml/located-value.ts";
import type { Pair } from "../yaml/nodes.ts";
import type { YAMLMap } from "../yaml/yaml-package.ts";
import type { ImportWarning } from "./entry.ts";
import type { WantedValue } from "./wanted-values.ts";

/** A change to one property in the text of its entry. */
export interface PropertyEdit extends YamlEdit {
  /** The key of the entry. */
  readonly key: string;
  readonly property: string;
  /** Returns the content of the entry after the edit. */
  readonly change: (entry: PlainMap) => PlainMap;
}

/** The YAML of an entry. */
export interface WrittenEntry {
  /** The key and the value of the entry. */
  readonly pair: Pair;
  readonly map: YAMLMap.Parsed;
  /** Anchors of the document that aliases refer to. */
  readonly usedAnchors: ReadonlySet<string>;
}

export type Change = YamlEdit & Pick<PropertyEdit, "change">;

/** Returns the warning about a property that stays unchanged. */
export function notUpdated(key: string, property: string, reason: string): ImportWarning {
  return { kind: "not-updated", text: `${key}: its ${property} ${reason}` };
}

/** Returns the edit that adds properties to an entry. */
export function propertiesAddedTo(edited: EditedText, entry: Pair, added: ReadonlyMap<string, WantedValue>): Change {
  const texts = [...added].map(([property, { text }]) => `${property}: ${text}`);
  const values = Object.fromEntries([...added].map(([property, { value }]) => [property, value]));
  return {
    textEdits: addToMap(edited, entry, texts),
    removedComments: [],
    change: (before) => ({ ...before, ...values }),
  };
}
