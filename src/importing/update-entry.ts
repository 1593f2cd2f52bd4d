import { keyOfList } from "../config/defaults.ts";
import { type AccountCollection, domainKey } from "../model/account.ts";
import {
  type Collection,
  type DesiredContact,
  type DesiredField,
  handleKey,
  type InheritedValue,
} from "../model/contact.ts";
import { isSameText, normalText } from "../model/field-values.ts";
import type { JsonObject } from "../model/json-object.ts";
import {
  addToMap,
  type EditableText,
  editItems,
  fieldPair,
  hasRoomForBlock,
  removePair,
  replaceValue,
  UneditableError,
} from "../yaml/edit.ts";
import { formatInline, formatTextBlock } from "../yaml/format.ts";
import { lineStartOf, type Pair, pairOf, questionMarkOf } from "../yaml/nodes.ts";
import { isAlias, isMap, type ParsedNode, type YAMLMap } from "../yaml/yaml-package.ts";
import {
  type EntryField,
  type EntryUpdate,
  EXACT_WITH_OMITTED_REASON,
  type ExistingEntry,
  fieldProperty,
  type ImportWarning,
  isSameAccount,
  isSameField,
  wouldDeleteOmitted,
} from "./entry.ts";
import { fieldText, plainList } from "./entry-yaml.ts";
import {
  anchorError,
  type Change,
  type DefaultValue,
  defaultError,
  type EntryEdits,
  type EntryNode,
  inheritedValuesReason,
  itemOf,
  mapOf,
  matchKeyOfList,
  type NewItem,
  type NewValue,
  notUpdated,
  type PropertyEdit,
  sequenceOf,
  withFields,
} from "./property-edit.ts";

export interface EntryToUpdate {
  readonly file: EditableText;
  readonly node: EntryNode;
  readonly existing: ExistingEntry;
  readonly update: EntryUpdate;
  /** The defaults that apply to the directory of the file. */
  readonly defaults: DesiredContact | undefined;
}

/** Returns the edits that update the entry, and a warning for each property that cannot be edited. */
export function updateEntry(entry: EntryToUpdate): EntryEdits {
  const editor = new EntryEditor(entry);
  editor.attempt("name", () => editor.editName());
  editor.attempt("description", () => editor.editDescription());
  editor.attempt("handles", () => editor.editHandles());
  editor.attempt("links", () => editor.editLinks());
  editor.attempt("lists", () => editor.editLists());
  editor.attempt("domains", () => editor.editDomains());
  editor.editCustomFields();
  editor.attempt("avatar", () => editor.editAvatar());
  editor.attempt("account", () => editor.editAccount());
  editor.addProperties();
  return editor;
}

class EntryEditor implements EntryEdits {
  readonly edits: PropertyEdit[] = [];
  readonly warnings: ImportWarning[] = [];
  readonly #file: EditableText;
  readonly #node: EntryNode;
  readonly #existing: ExistingEntry;
  readonly #defaults: DesiredContact | undefined;
  readonly #update: EntryUpdate;
  /** Properties to add to the entry, for example to override inherited values. */
  readonly #added = new Map<string, NewValue>();
  readonly #removed = new Set<Pair>();

  constructor({ file, node, existing, update, defaults }: EntryToUpdate) {
    this.#file = file;
    this.#node = node;
    this.#existing = existing;
    this.#defaults = defaults;
    this.#update = update;
  }

  get #entry(): EntryUpdate["entry"] {
    return this.#update.entry;
  }

  get #map(): YAMLMap.Parsed {
    return this.#node.map;
  }

  /** Adds the edit of a property, or a warning if the property cannot be edited. */
  attempt(property: string, edit: () => Change | undefined): void {
    try {
      const found = edit();
      if (found !== undefined) this.edits.push({ key: this.#existing.key, property, ...found });
    } catch (error) {
      if (!(error instanceof UneditableError)) throw error;
      this.warnings.push(notUpdated(this.#existing.key, property, error.message));
    }
  }

  /**
   * Edits the name. For a complete update, removes the property if the contact has no name in Front. An entry cannot
   * declare an empty name, because Front cannot clear names.
   */
  editName(): Change | undefined {
    const before = this.#existing.name;
    const { name } = this.#entry;
    if (before === undefined || isSameText(before, name)) return undefined;
    if (this.#update.omitted?.has("name")) return undefined;
    if (name !== undefined) return this.#set("name", { text: formatInline(name, this.#style), value: name });
    return this.#update.complete ? this.#set("name", undefined) : undefined;
  }

  editDescription(): Change | undefined {
    const before = this.#existing.description;
    const { description = "" } = this.#entry;
    if (before === undefined || isSameText(before, description)) return undefined;
    if (this.#update.omitted?.has("description")) return undefined;
    if (description === "" && !this.#update.complete) return undefined;
    const isDefault = this.#inherited("description") !== undefined;
    const text = isDefault ? formatInline(description, this.#style) : this.#descriptionText(description);
    const after = { text, value: description };
    return isDefault ? this.#add("description", after) : this.#set("description", after);
  }

  #descriptionText(description: string): string {
    const pair = this.#pair("description");
    const indent = this.#column() + 2;
    const isBlock = !this.#map.flow && pair !== undefined && hasRoomForBlock(this.#file, pair, indent);
    return isBlock ? formatTextBlock(description, indent) : formatInline(description, this.#style);
  }

  editHandles(): Change | undefined {
    const after = this.#entry.handles.map((handle) =>
      itemOf(handleKey(handle), { source: handle.source, handle: handle.handle }),
    );
    return this.#editCollection("handles", this.#existing.handles.map(handleKey), after);
  }

  editLinks(): Change | undefined {
    const after = this.#entry.links.map((link) => itemOf(normalText(link), link));
    const defaults = (this.#defaults?.links ?? []).map((link) => ({ key: normalText(link), label: link }));
    const ownKeys = this.#ownKeysOf("links", this.#existing.links, normalText);
    return this.#editCollection("links", ownKeys, after, defaults);
  }

  editLists(): Change | undefined {
    const { lists } = this.#entry;
    const ownKeys = this.#ownKeysOf("lists", this.#existing.lists, keyOfList, (list) => matchKeyOfList(list, lists));
    const defaults = (this.#defaults?.lists ?? []).map((list) => ({
      key: matchKeyOfList(list, lists),
      label: keyOfList(list),
    }));
    const after = lists.map((list) => itemOf(list.id ?? list.name, plainList(list)));
    if (ownKeys === undefined) {
      const exact = after.filter((_, index) => this.#update.exactLists?.has(lists[index]?.name ?? ""));
      return exact.length === 0 ? undefined : this.#add("lists", sequenceOf(exact));
    }
    const usesGroups = this.#pair("lists") === undefined && this.#pair("groups") !== undefined;
    return this.#editCollection(usesGroups ? "groups" : "lists", ownKeys, after, defaults);
  }

  editDomains(): Change | undefined {
    const after = (this.#entry.domains ?? []).map((domain) => itemOf(domainKey(domain), domain));
    const ownKeys = this.#existing.domains?.map(({ domain }) => domainKey(domain));
    return this.#editCollection("domains", ownKeys, after);
  }

  /** Returns the keys of the values that are not inherited; undefined if the collection is unmanaged. */
  #ownKeysOf<T>(
    attribute: "links" | "lists",
    values: readonly T[] | undefined,
    inheritedKeyOf: (value: T) => string,
    matchKeyOf: (value: T) => string = inheritedKeyOf,
  ): readonly string[] | undefined {
    return values?.filter((value) => this.#inherited(attribute, inheritedKeyOf(value)) === undefined).map(matchKeyOf);
  }

  #inherited(attribute: InheritedValue["attribute"], key?: string): InheritedValue | undefined {
    return this.#existing.inherited?.find((value) => value.attribute === attribute && value.key === key);
  }

  editCustomFields(): void {
    const { customFields: declaredFields, exact } = this.#existing;
    if (declaredFields === undefined) return;
    const after = new Map(this.#entry.customFields.map((field) => [field.name, field]));
    const isDefault = ({ name }: DesiredField) => this.#inherited("custom_fields", name) !== undefined;
    const ownFields = declaredFields.filter((field) => !isDefault(field));
    for (const field of ownFields) {
      this.attempt(`custom field ${field.name}`, () => this.#editField(field, after.get(field.name)));
    }
    const overriding = declaredFields
      .filter((field) => isDefault(field) && this.#isChanged(field, after.get(field.name)))
      .map(({ name }): EntryField => after.get(name) ?? { name, type: undefined, value: null });
    const declaredNames = new Set(declaredFields.map(({ name }) => name));
    const addsMissing = exact.includes("custom_fields") && this.#update.complete;
    const missing = this.#entry.customFields.filter(({ name }) => !declaredNames.has(name));
    const added = [...overriding, ...(addsMissing ? missing : [])];
    this.attempt("custom_fields", () => {
      this.#assertNotOmitted("custom_fields");
      if (added.length === 0) return undefined;
      const isNew = ownFields.length === 0 && this.#pair("custom_fields") === undefined;
      return isNew ? this.#add("custom_fields", mapOf(added)) : this.#addFields(added);
    });
  }

  #addFields(added: readonly EntryField[]): Change {
    const texts = added.map((field) => fieldText(field, this.#fieldStyle));
    return {
      textEdits: addToMap(this.#file, this.#ownPair("custom_fields"), texts),
      change: (entry) => withFields(entry, new Map(added.map(({ name, value }) => [name, value]))),
    };
  }

  editAvatar(): Change | undefined {
    const { complete, isAvatarUnchanged } = this.#update;
    if (this.#existing.avatar === undefined || isAvatarUnchanged) return undefined;
    const { avatar } = this.#entry;
    const after = avatar === undefined ? undefined : { text: formatInline(avatar, this.#style), value: avatar };
    if (after !== undefined && this.#inherited("avatar") !== undefined) return this.#add("avatar", after);
    if (after !== undefined) return this.#set("avatar", after);
    if (!complete) return undefined;
    if (this.#defaults?.avatar === undefined) return this.#set("avatar", undefined);
    throw defaultError("avatar", this.#defaults.avatar.location);
  }

  /** Edits the account, or adds it to an entry that does not declare one. */
  editAccount(): Change | undefined {
    const { account } = this.#update;
    const { account: declared } = this.#existing;
    if (account === undefined || isSameAccount(account, declared)) return undefined;
    const isDefault = this.#inherited("account") !== undefined;
    if (account === null && !isDefault) return this.#set("account", undefined);
    if (account === null) throw defaultError("account");
    const after = { text: formatInline(account.key, this.#style), value: account.key };
    return declared === undefined || isDefault ? this.#add("account", after) : this.#set("account", after);
  }

  #isChanged(before: DesiredField, after: EntryField | undefined): boolean {
    if (this.#update.omitted?.has(fieldProperty(before.name))) return false;
    if (after === undefined) return before.value !== null && this.#update.complete;
    return !isSameField(before.value, after);
  }

  #editField(before: DesiredField, after: EntryField | undefined): Change | undefined {
    if (!this.#isChanged(before, after)) return undefined;
    const pair = fieldPair(this.#ownPair("custom_fields"), before.name);
    if (pair === undefined || this.#isAnchorUsedElsewhere(pair.value)) throw anchorError();
    const text = after === undefined ? "null" : formatInline(after.value, this.#fieldStyle);
    return {
      textEdits: replaceValue(this.#file, pair, text),
      change: (entry) => withFields(entry, new Map([[before.name, after?.value ?? null]])),
    };
  }

  #editCollection(
    property: "handles" | "links" | "lists" | "groups" | "domains",
    ownKeys: readonly string[] | undefined,
    after: readonly NewItem[],
    defaults: readonly DefaultValue[] = [],
  ): Change | undefined {
    if (ownKeys === undefined) return undefined;
    const keys = new Set(after.map(({ key }) => key));
    this.#assertNotOmitted(property === "groups" ? "lists" : property);
    const missingDefaults = this.#update.complete ? defaults.filter(({ key }) => !keys.has(key)) : [];
    if (missingDefaults.length > 0) this.warnings.push(this.#inheritedValuesWarning(property, missingDefaults));
    const defaultKeys = new Set(defaults.map(({ key }) => key));
    const added = after.filter(({ key }) => !ownKeys.includes(key) && !defaultKeys.has(key));
    const isNew = ownKeys.length === 0 && defaults.length > 0 && this.#pair(property) === undefined;
    if (!isNew) return this.#editOwnCollection(property, ownKeys, { added, after });
    const isExact = (this.#existing.exact as readonly string[]).includes(property);
    return isExact && added.length > 0 ? this.#add(property, sequenceOf(added)) : undefined;
  }

  #editOwnCollection(
    property: string,
    ownKeys: readonly string[],
    { added, after }: { readonly added: readonly NewItem[]; readonly after: readonly NewItem[] },
  ): Change | undefined {
    const keys = new Set(after.map(({ key }) => key));
    const missing = [...ownKeys.keys()].filter((index) => !keys.has(ownKeys[index] ?? ""));
    const removed = new Set(this.#update.complete ? missing : []);
    if (removed.size === 0 && added.length === 0) return undefined;
    const pair = this.#pair(property);
    if (pair !== undefined && isAlias(pair.value) && this.#update.complete) {
      // The alias is replaced by the values of this entry, so that other uses of the anchor do not change.
      const items = after.filter((item) => ownKeys.includes(item.key) || added.includes(item));
      return this.#set(property, sequenceOf(items));
    }
    const edit = editItems(this.#file, this.#ownPair(property), { removed, added: added.map(({ text }) => text) });
    const change = (entry: JsonObject): JsonObject => {
      const items = entry[property];
      const remaining = Array.isArray(items) ? items.filter((_, index) => !removed.has(index)) : [];
      return { ...entry, [property]: [...remaining, ...added.map(({ value }) => value)] };
    };
    return { ...edit, change };
  }

  #inheritedValuesWarning(property: string, values: readonly DefaultValue[]): ImportWarning {
    const attribute = property === "links" ? "links" : "lists";
    const named = values.map(({ label }) => {
      const { file, line } = (this.#inherited(attribute, label) ?? this.#defaults ?? this.#existing).location;
      return `${label} (${file}:${line})`;
    });
    return notUpdated(this.#existing.key, property, inheritedValuesReason(named));
  }

  #add(property: string, after: NewValue): undefined {
    this.#added.set(property, after);
  }

  addProperties(): void {
    if (this.#added.size === 0) return;
    const texts = [...this.#added].map(([property, { text }]) => `${property}: ${text}`);
    const values = Object.fromEntries([...this.#added].map(([property, { value }]) => [property, value]));
    this.attempt([...this.#added.keys()].join(", "), () => ({
      textEdits: addToMap(this.#file, this.#node.pair, texts, this.#removed),
      change: (entry) => ({ ...entry, ...values }),
    }));
  }

  /** Throws an `UneditableError` if apply would delete values that the update omits. */
  #assertNotOmitted(collection: Collection | AccountCollection): void {
    if (wouldDeleteOmitted(collection, this.#existing, this.#update))
      throw new UneditableError(EXACT_WITH_OMITTED_REASON);
  }

  #set(property: string, after: NewValue | undefined): Change {
    const pair = this.#ownPair(property);
    if (after === undefined) {
      const change = (entry: JsonObject) =>
        Object.fromEntries(Object.entries(entry).filter(([name]) => name !== property));
      const edit = removePair(this.#file, this.#map, pair);
      this.#removed.add(pair);
      return { ...edit, change };
    }
    const textEdits = replaceValue(this.#file, pair, after.text);
    return { textEdits, change: (entry) => ({ ...entry, [property]: after.value }) };
  }

  #pair(name: string): Pair | undefined {
    return pairOf(this.#map, name);
  }

  /**
   * Throws an `UneditableError` if the property is missing, for example because it comes from a merge key, or if its
   * anchor is used elsewhere.
   */
  #ownPair(name: string): Pair {
    const pair = this.#pair(name);
    if (pair === undefined || this.#isAnchorUsedElsewhere(pair.value)) throw anchorError();
    return pair;
  }

  #isAnchorUsedElsewhere(node: ParsedNode | null): boolean {
    if (node === null || isAlias(node) || node.anchor === undefined) return false;
    return this.#node.usedAnchors.has(node.anchor);
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
    return start - lineStartOf(this.#file.text, start);
  }
}
