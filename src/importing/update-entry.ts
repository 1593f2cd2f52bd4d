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
import { formatInline, formatTextBlock } from "../yaml/format-text.ts";
import { isMap as isPlainMap, type PlainMap } from "../yaml/located-value.ts";
import { lineStartOf, type Pair, pairOf, questionMarkOf } from "../yaml/nodes.ts";
import { isAlias, isMap, type ParsedNode, type YAMLMap } from "../yaml/yaml-package.ts";
import { type Entry, type EntryField, type EntryList, fieldText, handleText, listText } from "./entry-text.ts";
import type { ImportWarning } from "./to-entry.ts";

/** New values for what an entry manages already. */
export interface EntryUpdate {
  readonly entry: Entry;
  /** Whether the values are all there are, so that others are removed from the file. */
  readonly complete: boolean;
  /** Properties that stay as they are in the file, because their value cannot be written to one. */
  readonly unsayable?: ReadonlySet<string>;
  /** Whether the picture in the file is the wanted one. */
  readonly samePicture: boolean;
}

/** A change of one property in the text of its entry. */
export interface PropertyEdit extends YamlEdit {
  /** Of the entry. */
  readonly key: string;
  readonly property: string;
  /** Returns what the entry says after the edit, from what it said before. */
  readonly change: (entry: PlainMap) => PlainMap;
}

export interface EntryRevision {
  readonly edits: readonly PropertyEdit[];
  readonly remarks: readonly ImportWarning[];
}

/** Where an entry is written. */
export interface WrittenEntry {
  readonly map: YAMLMap.Parsed;
  /** Anchors of its document that some alias refers to. */
  readonly usedAnchors: ReadonlySet<string>;
}

/** Returns one edit for each property that differs, and a remark for each that cannot be edited. */
export function updateEntry(
  edited: EditedText,
  written: WrittenEntry,
  desired: DesiredContact,
  revision: EntryUpdate,
): EntryRevision {
  const reviser = new Reviser(edited, written, desired, revision);
  reviser.attempt("name", () => reviser.name());
  reviser.attempt("description", () => reviser.description());
  reviser.attempt("handles", () => reviser.handles());
  reviser.attempt("links", () => reviser.links());
  reviser.attempt("lists", () => reviser.lists());
  reviser.customFields();
  reviser.attempt("avatar", () => reviser.avatar());
  return reviser;
}

/** What a property is to be: nothing when it is removed. */
type Wanted = { readonly text: string; readonly value: unknown } | undefined;
type Change = YamlEdit & Pick<PropertyEdit, "change">;

class Reviser implements EntryRevision {
  readonly edits: PropertyEdit[] = [];
  readonly remarks: ImportWarning[] = [];
  readonly #edited: EditedText;
  readonly #written: WrittenEntry;
  readonly #desired: DesiredContact;
  readonly #revision: EntryUpdate;

  constructor(edited: EditedText, written: WrittenEntry, desired: DesiredContact, revision: EntryUpdate) {
    this.#edited = edited;
    this.#written = written;
    this.#desired = desired;
    this.#revision = revision;
  }

  get #entry(): Entry {
    return this.#revision.entry;
  }

  get #map(): YAMLMap.Parsed {
    return this.#written.map;
  }

  /** Adds the edit of a property, or a remark on why there is none. */
  attempt(property: string, edit: () => Change | undefined): void {
    try {
      const found = edit();
      if (found !== undefined) this.edits.push({ key: this.#desired.key, property, ...found });
    } catch (error) {
      if (!(error instanceof UneditableError)) throw error;
      this.remarks.push(notUpdated(this.#desired.key, property, error.message));
    }
  }

  /** Front can clear neither a name nor an avatar, so the file can only stop managing it. */
  name(): Change | undefined {
    const before = this.#desired.name;
    const { name } = this.#entry;
    if (before === undefined || normalText(before) === normalText(name ?? "")) return undefined;
    if (this.#revision.unsayable?.has("name")) return undefined;
    if (name !== undefined) return this.#set("name", { text: formatInline(name, this.#style), value: name });
    return this.#revision.complete ? this.#set("name", undefined) : undefined;
  }

  description(): Change | undefined {
    const before = this.#desired.description;
    const { description = "" } = this.#entry;
    if (before === undefined || normalText(before) === normalText(description)) return undefined;
    if (this.#revision.unsayable?.has("description")) return undefined;
    if (description === "" && !this.#revision.complete) return undefined;
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
    const written = new Set(present.map(({ name }) => name));
    const unsaid = [...(this.#revision.unsayable ?? [])].filter(
      (what) => what.startsWith(FIELD_PREFIX) && !written.has(what.slice(FIELD_PREFIX.length)),
    );
    const missing = exact.includes("custom_fields") && this.#revision.complete;
    const added = missing ? this.#entry.customFields.filter(({ name }) => !written.has(name)) : [];
    this.attempt("custom_fields", () => {
      this.#mustHaveRoomForAll("custom_fields", unsaid);
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
    const { complete, samePicture } = this.#revision;
    if (this.#desired.avatar === undefined || samePicture) return undefined;
    const { avatar } = this.#entry;
    if (avatar !== undefined) return this.#set("avatar", { text: formatInline(avatar, this.#style), value: avatar });
    return complete ? this.#set("avatar", undefined) : undefined;
  }

  #field(before: DesiredField, wanted: EntryField | undefined): Change | undefined {
    if (this.#revision.unsayable?.has(FIELD_PREFIX + before.name)) return undefined;
    if (wanted === undefined ? before.value === null || !this.#revision.complete : isSame(before.value, wanted)) {
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
    this.#mustHaveRoomForAll(property === "groups" ? "lists" : property);
    const gone = new Set(
      this.#revision.complete ? [...present.keys()].filter((index) => !keys.has(present[index] ?? "")) : [],
    );
    const added = wanted.filter(({ key }) => !present.includes(key));
    if (gone.size === 0 && added.length === 0) return undefined;
    const pair = this.#pair(property);
    if (pair !== undefined && isAlias(pair.value) && this.#revision.complete) {
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

  /** If the collection is exact, apply deletes from Front whatever the file cannot express. */
  #mustHaveRoomForAll(collection: string, unsaid: readonly string[] = [collection]): void {
    const { complete, unsayable } = this.#revision;
    const isExact = (this.#desired.exact as readonly string[]).includes(collection);
    if (!complete || !isExact || !unsaid.some((what) => unsayable?.has(what))) return;
    throw new UneditableError(
      `are exact, and Front has some that cannot be written to a file: apply would delete them`,
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

  /** The property as this entry has it. A value behind an anchor that is used, or a merged one, is not its alone. */
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

const FIELD_PREFIX = "custom_fields.";

function shared(): UneditableError {
  return new UneditableError("comes from a YAML anchor, alias or merge that others may share");
}

/** Returns the remark on a property that stays as it is. */
export function notUpdated(key: string, property: string, reason: string): ImportWarning {
  return { kind: "not-updated", text: `${key}: its ${property} ${reason}` };
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function withFields(entry: PlainMap, changed: ReadonlyMap<string, WrittenValue | null>): PlainMap {
  const before = isPlainMap(entry["custom_fields"]) ? entry["custom_fields"] : {};
  // YAML has no negative zero, and neither has Front.
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
