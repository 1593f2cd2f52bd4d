import contactsSchema from "../../schemas/contacts.schema.json" with { type: "json" };
import type { CollectionTree, Entry, Tree } from "./format-tree.ts";
import { isMap, type PlainMap } from "./located-value.ts";

/** Returns the schema of the value at a path; empty if the schema has none. */
function schemaAt(path: readonly string[]): PlainMap {
  return path.reduce<PlainMap>((schema, name) => below(schema, name), contactsSchema);
}

function below(schema: PlainMap, name: string): PlainMap {
  const { properties, additionalProperties, items } = schema;
  const own = isMap(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  return follow(own ?? additionalProperties ?? items);
}

function follow(schema: unknown): PlainMap {
  if (!isMap(schema)) return {};
  const reference = schema["$ref"];
  if (typeof reference !== "string") return schema;
  const definitions: PlainMap = contactsSchema.$defs;
  return follow(definitions[reference.replace("#/$defs/", "")]);
}

/** Returns the entries of a collection: known keys in the order of the schema, others as written, merge keys first. */
export function inOrder(tree: CollectionTree, path: readonly string[]): readonly Entry[] {
  if (tree.kind === "sequence") return tree.entries;
  const { properties } = schemaAt(path);
  const names = isMap(properties) ? Object.keys(properties) : [];
  const ranks = new Map(tree.entries.map((entry) => [entry, rankOf(entry.key, names)]));
  const ordered = tree.entries.toSorted((one, other) => (ranks.get(one) ?? 0) - (ranks.get(other) ?? 0));
  return ordered.every((entry, index) => entry === tree.entries[index]) || hasReferencesBetween(tree)
    ? tree.entries
    : ordered;
}

function rankOf(key: Entry["key"], names: readonly string[]): number {
  if (isMergeKey(key)) return -1;
  const rank = names.indexOf(nameOf(key));
  return rank === -1 ? names.length : rank;
}

export function nameOf(key: Entry["key"]): string {
  return key?.kind === "scalar" ? String(key.value) : "";
}

export function isMergeKey(key: Entry["key"]): boolean {
  return key?.kind === "scalar" && key.value === "<<" && key.type === "PLAIN";
}

/** An alias must follow its anchor, so entries that refer to each other keep their order. */
function hasReferencesBetween({ entries }: CollectionTree): boolean {
  const anchors = entries.map((entry) => new Set(namesIn(entry, "anchor")));
  return entries.some((entry, index) => {
    const aliases = new Set(namesIn(entry, "alias"));
    return anchors.some(
      (names, other) => other !== index && [...names].some((name) => aliases.has(name) || anchors[index]?.has(name)),
    );
  });
}

function* namesIn({ key, value }: Entry, what: "anchor" | "alias"): Iterable<string> {
  if (key !== undefined) yield* namesOf(key, what);
  yield* namesOf(value, what);
}

function* namesOf(tree: Tree, what: "anchor" | "alias"): Iterable<string> {
  if (tree.kind === "alias") {
    if (what === "alias") yield tree.name;
    return;
  }
  if (what === "anchor" && tree.anchor !== undefined) yield tree.anchor;
  if (tree.kind !== "scalar") for (const entry of tree.entries) yield* namesIn(entry, what);
}
