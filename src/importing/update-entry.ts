import {
  type DesiredContact,
  type DesiredField,
  type DesiredList,
  type FieldType,
  handleKey,
  type WrittenValue,
} from "../model/contact.ts";
import { normalText, parseDatetime, sameField } from "../model/field-values.ts";

import {
  addToMap,
  type EditedText,
  editItems,
  fieldPair,
  hasRoomForBlock,
  removePair,
  replaceValue,
  UneditableError,
  type YamlEdit,
} from "../yaml/edit.ts";
import { formatInline, formatTextBlock } from "../yaml/format.ts";
import { isMap as isPlainMap, type PlainMap } from "../yaml/located-value.ts";
import { lineStartOf, type Pair, pairOf, questionMarkOf } from "../yaml/nodes.ts";
import { isAlias, isMap, type ParsedNode, type YAMLMap } from "../yaml/yaml-package.ts";
import { type Entry, type EntryField, type EntryList, fieldProperty, type ImportWarning } from "./entry.ts";
import { fieldText, handleText, listText } from "./entry-text.ts";

/** New values for the properties that an entry manages. */
export interface EntryUpdate {
  readonly entry: Entry;
  /** True if the source has no other values, so that they are removed from the file. */
  readonly complete: boolean;
  /** Properties that stay unchanged, because a file cannot contain their value. */
  readonly omitted?: ReadonlySet<string>;
  /** True if the entry keeps its avatar. */
  readonly samePicture: boolean;
}

/** A change of one property in the text of its entry. */
export interface PropertyEdit extends YamlEdit {
  /** The key of the entry. */
  readonly key: string;
  readonly property: string;
  /** Returns the content of the entry after the edit. */
  readonly change: (entry: PlainMap) => PlainMap;
}

export interface EntryEdits {
  readonly edits: readonly PropertyEdit[];
  readonly warnings: readonly ImportWarning[];
}

/** The YAML of an entry. */
export interface WrittenEntry {
  readonly map: YAMLMap.Parsed;
  /** Anchors of the document that aliases refer to. */
  readonly usedAnchors: ReadonlySet<string>;
}

/** Returns an edit for each property that differs, and a warning for each that cannot be edited. */
export function updateEntry(
  edited: EditedText,
  written: WrittenEntry,
  desired: DesiredContact,
  update: EntryUpdate,
): EntryEdits {
  const editor = new EntryEditor(edited, written, desired, update);
  editor.attempt("name", () => editor.name());
  editor.attempt("description", () => editor.description());
  editor.attempt("handles", () => editor.handles());
  editor.attempt("links", () => editor.links());
  editor.attempt("lists", () => editor.lists());
  editor.customFields();
  editor.attempt("avatar", () => editor.avatar());
  return editor;
}

/** The new value of a property; undefined to remove the property. */
type Wanted = { readonly text: string; readonly value: unknown } | undefined;
type Change = YamlEdit & Pick<PropertyEdit, "change">;

class EntryEditor implements EntryEdits {
  readonly edits: PropertyEdit[] = [];
  readonly warnings: ImportWarning[] = [];
  readonly #edited: EditedText;
  readonly #written: WrittenEntry;
  readonly #desired: DesiredContact;
  readonly #update: EntryUpdate;

  constructor(edited: EditedText, written: WrittenEntry, desired: DesiredContact, update: EntryUpdate) {
    this.#edited = edited;
    this.#written = written;
    this.#desired = desired;
    this.#update = update;
  }

  get #entry(): Entry {
    return this.#update.entry;
  }

  get #map(): YAMLMap.Parsed {
    return this.#written.map;
  }

  /** Adds the edit of a property, or a warning if it cannot be edited. */
  attempt(property: string, edit: () => Change | undefined): void {
    try {
      const found = edit();
      if (found !== undefined) this.edits.push({ key: this.#desired.key, property, ...found });
    } catch (error) {
      if (!(error instanceof UneditableError)) throw error;
      this.warnings.push(notUpdated(this.#desired.key, property, error.message));
    }
  }

  /** Front cannot clear a name, so the property is removed from the entry. */
  name(): Change | undefined {
    const before = this.#desired.name;
    const { name } = this.#entry;
    if (before === undefined || normalText(before) === normalText(name ?? "")) return undefined;
    if (this.#update.omitted?.has("name")) return undefined;
    if (name !== undefined) return this.#set("name", { text: formatInline(name, this.#style), value: name });
    return this.#update.complete ? this.#set("name", undefined) : undefined;
  }

  description(): Change | undefined {
    const before = this.#desired.description;
    const { description = "" } = this.#entry;
    if (before === undefined || normalText(before) === normalText(description)) return undefined;
    if (this.#update.omitted?.has("description")) return undefined;
    if (description === "" && !this.#update.complete) return undefined;
    return this.#set("description", { text: this.#descriptionText(description), value: description });
  }

  #descriptionText(description: string): string {
    const pair = this.#pair("description");
    const indent = this.#column() + 2;
    const isBlock = !this.#map.flow && pair !== undefined && hasRoomForBlock(this.#edited, pair, indent);
    return isBlock ? formatTextBlock(description, indent) : formatInline(description, this.#style);
  }

  handles(): Change | undefined {
    const wanted = this.#entry.handles.map((handle) => ({
      ...{ key: String(handleKey(handle)), text: handleText(handle) },
      value: { source: handle.source, handle: handle.handle },
    }));
    return this.#collection("handles", this.#desired.handles.map(handleKey), wanted);
  }

  links(): Change | undefined {
    const wanted = this.#entry.links.map((link) => ({
      ...{ key: normalText(link), text: formatInline(link, { inFlow: true }) },
      value: link,
    }));
    return this.#collection("links", this.#desired.links?.map(normalText), wanted);
  }

  lists(): Change | undefined {
    const { lists } = this.#entry;
    const present = this.#desired.lists?.map((list) => nameOfList(list, lists));
    const wanted = lists.map((list) => ({
      ...{ key: list.id ?? list.name, text: listText(list) },
      value: list.byId ? { id: list.id } : list.name,
    }));
    return this.#collection(this.#pair("lists") === undefined ? "groups" : "lists", present, wanted);
  }

  customFields(): void {
    const { customFields: present, exact } = this.#desired;
    if (present === undefined) return;
    const wanted = new Map(this.#entry.customFields.map((field) => [field.name, field]));
    for (const field of present) {
      this.attempt(`custom field ${field.name}`, () => this.#field(field, wanted.get(field.name)));
    }
    const written = new Set(present.map(({ name }) => fieldProperty(name)));
    const unwritten = [...(this.#update.omitted ?? [])].filter(
      (property) => property.startsWith("custom_fields") && !written.has(property),
    );
    const missing = exact.includes("custom_fields") && this.#update.complete;
    const added = missing ? this.#entry.customFields.filter(({ name }) => !written.has(fieldProperty(name))) : [];
    this.attempt("custom_fields", () => {
      this.#mustNotOmit("custom_fields", unwritten);
      return added.length === 0 ? undefined : this.#addFields(added);
    });
  }

  #addFields(added: readonly EntryField[]): Change {
    const texts = added.map((field) => fieldText(field, this.#fieldStyle));
    return {
      textEdits: addToMap(this.#edited, this.#own("custom_fields"), texts),
      removedComments: [],
      change: (entry) => withFields(entry, new Map(added.map(({ name, value }) => [name, value]))),
    };
  }

  avatar(): Change | undefined {
    const { complete, samePicture } = this.#update;
    if (this.#desired.avatar === undefined || samePicture) return undefined;
    const { avatar } = this.#entry;
    if (avatar !== undefined) return this.#set("avatar", { text: formatInline(avatar, this.#style), value: avatar });
    return complete ? this.#set("avatar", undefined) : undefined;
  }

  #field(before: DesiredField, wanted: EntryField | undefined): Change | undefined {
    if (this.#update.omitted?.has(fieldProperty(before.name))) return undefined;
    if (wanted === undefined ? before.value === null || !this.#update.complete : isSame(before.value, wanted)) {
      return undefined;
    }
    const pair = fieldPair(this.#own("custom_fields"), before.name);
    if (pair === undefined || this.#isShared(pair.value)) throw shared();
    const text = wanted === undefined ? "null" : formatInline(wanted.value, this.#fieldStyle);
    return {
      textEdits: replaceValue(this.#edited, pair, text),
      removedComments: [],
      change: (entry) => withFields(entry, new Map([[before.name, wanted?.value ?? null]])),
    };
  }

  #collection(
    property: string,
    present: readonly string[] | undefined,
    wanted: readonly { readonly key: string; readonly text: string; readonly value: unknown }[],
  ): Change | undefined {
    if (present === undefined) return undefined;
    const keys = new Set(wanted.map(({ key }) => key));
    this.#mustNotOmit(property === "groups" ? "lists" : property);
    const gone = new Set(
      this.#update.complete ? [...present.keys()].filter((index) => !keys.has(present[index] ?? "")) : [],
    );
    const added = wanted.filter(({ key }) => !present.includes(key));
    if (gone.size === 0 && added.length === 0) return undefined;
    const pair = this.#pair(property);
    if (pair !== undefined && isAlias(pair.value) && this.#update.complete) {
      // Other users of the anchor are not changed: the alias is replaced by this entry's own values.
      const text = `[${wanted.map((item) => item.text).join(", ")}]`;
      return this.#set(property, { text, value: wanted.map(({ value }) => value) });
    }
    const edit = editItems(this.#edited, this.#own(property), { gone, added: added.map(({ text }) => text) });
    const change = (entry: PlainMap): PlainMap => {
      const kept = itemsOf(entry[property]).filter((_, index) => !gone.has(index));
      return { ...entry, [property]: [...kept, ...added.map(({ value }) => value)] };
    };
    return { ...edit, change };
  }

  /** Apply would delete values of an exact collection that the file cannot contain. */
  #mustNotOmit(collection: string, properties: readonly string[] = [collection]): void {
    const { complete, omitted } = this.#update;
    const isExact = (this.#desired.exact as readonly string[]).includes(collection);
    if (!complete || !isExact || !properties.some((property) => omitted?.has(property))) return;
    throw new UneditableError(
      "are exact, and Front has values that cannot be written to a file: apply would delete them",
    );
  }

  #set(property: string, wanted: Wanted): Change {
    const pair = this.#own(property);
    if (wanted === undefined) {
      const change = (entry: PlainMap) =>
        Object.fromEntries(Object.entries(entry).filter(([name]) => name !== property));
      return { ...removePair(this.#edited, this.#map, pair), change };
    }
    const textEdits = replaceValue(this.#edited, pair, wanted.text);
    return { textEdits, removedComments: [], change: (entry) => ({ ...entry, [property]: wanted.value }) };
  }

  #pair(name: string): Pair | undefined {
    return pairOf(this.#map, name);
  }

  /** Returns the property of this entry. Throws if its value is shared through an anchor, an alias or a merge. */
  #own(name: string): Pair {
    const pair = this.#pair(name);
    if (pair === undefined || this.#isShared(pair.value)) throw shared();
    return pair;
  }

  #isShared(node: ParsedNode | null): boolean {
    if (node === null || isAlias(node) || node.anchor === undefined) return false;
    return this.#written.usedAnchors.has(node.anchor);
  }

  get #style() {
    return { inFlow: this.#map.flow === true };
  }

  get #fieldStyle() {
    const fields = this.#pair("custom_fields")?.value;
    return {
      inFlow: this.#map.flow === true || (isMap(fields) && (fields.flow === true || fields.items.length === 0)),
    };
  }

  #column(): number {
    const [first] = this.#map.items;
    const start = first === undefined ? 0 : (questionMarkOf(first) ?? first.key.range[0]);
    return start - lineStartOf(this.#edited.text, start);
  }
}

function shared(): UneditableError {
  return new UneditableError("comes from a YAML anchor, alias or merge that other entries may share");
}

/** Returns the warning about a property that stays unchanged. */
export function notUpdated(key: string, property: string, reason: string): ImportWarning {
  return { kind: "not-updated", text: `${key}: its ${property} ${reason}` };
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function withFields(entry: PlainMap, changed: ReadonlyMap<string, WrittenValue | null>): PlainMap {
  const before = isPlainMap(entry["custom_fields"]) ? entry["custom_fields"] : {};
  // Neither YAML nor Front has a negative zero.
  const after = [...changed].map(([name, value]) => [name, value === 0 ? 0 : value] as const);
  return { ...entry, custom_fields: Object.fromEntries([...Object.entries(before), ...after]) };
}

function nameOfList(list: DesiredList, wanted: readonly EntryList[]): string {
  if ("id" in list) return list.id;
  const found = wanted.find(({ name, byId }) => name === list.name && !byId);
  return found?.id ?? list.name;
}

function isSame(before: WrittenValue | null, { type = "string", value }: EntryField): boolean {
  return sameField(type, encoded(type, before), encoded(type, value));
}

function encoded(type: FieldType, value: WrittenValue | null): WrittenValue | null {
  return type === "datetime" && typeof value === "string" ? (parseDatetime(value) ?? value) : value;
}
