import {
  type DesiredContact,
  type DesiredField,
  type DesiredList,
  type FieldType,
  handleKey,
  type WrittenValue,
} from "../contact.ts";
import { parseDatetime } from "../desired/fields.ts";
import { endOf, isAnchored, isWrittenOut, lineEndOf, type Pair, pairOf, type Splice } from "../desired/yaml-nodes.ts";
import { isMap, type YAMLMap } from "../desired/yaml-package.ts";
import { scalarText, textBlock } from "../formatting/scalar.ts";
import { normalText, sameField } from "../planning/compare.ts";
import { type Entry, type EntryField, type EntryList, fieldText, handleText, listText, valueText } from "./entry.ts";
import { addToMap, editItems, removePair, replaceValue } from "./splices.ts";
import { Unrevisable } from "./unrevisable.ts";

/** What an entry is to say from now on, of that which it manages already. */
export interface Revision {
  readonly entry: Entry;
  /** Whether the entry's values are all there are: what the file has beside them goes, or else stays. */
  readonly complete: boolean;
  /** Values that stay as they are in the file, because what they should be cannot be said. */
  readonly unsayable?: ReadonlySet<string>;
  /** Whether the picture in the file is the wanted one. */
  readonly samePicture: boolean;
}

/** The edits that make an entry say what is wanted, in the text it is written in. Throws an `Unrevisable`. */
export function reviseEntry(text: string, map: YAMLMap.Parsed, desired: DesiredContact, revision: Revision): Splice[] {
  const reviser = new Reviser(text, map, desired, revision);
  return [
    ...reviser.name(),
    ...reviser.description(),
    ...reviser.handles(),
    ...reviser.links(),
    ...reviser.lists(),
    ...reviser.customFields(),
    ...reviser.avatar(),
  ];
}

class Reviser {
  readonly #text: string;
  readonly #map: YAMLMap.Parsed;
  readonly #desired: DesiredContact;
  readonly #revision: Revision;

  constructor(text: string, map: YAMLMap.Parsed, desired: DesiredContact, revision: Revision) {
    this.#text = text;
    this.#map = map;
    this.#desired = desired;
    this.#revision = revision;
  }

  get #entry(): Entry {
    return this.#revision.entry;
  }

  /** Front can neither clear a name nor an avatar, so the file can only stop to manage it. */
  name(): Splice[] {
    const before = this.#desired.name;
    const { name } = this.#entry;
    if (before === undefined || normalText(before) === normalText(name ?? "")) return [];
    if (this.#revision.unsayable?.has("name")) return [];
    if (name !== undefined) return [this.#replace("name", scalarText(name, this.#style))];
    return this.#revision.complete ? [this.#remove("name")] : [];
  }

  description(): Splice[] {
    const before = this.#desired.description;
    const { description = "" } = this.#entry;
    if (before === undefined || normalText(before) === normalText(description)) return [];
    if (this.#revision.unsayable?.has("description")) return [];
    if (description === "" && !this.#revision.complete) return [];
    return [this.#replace("description", this.#descriptionText(description))];
  }

  /** A block would swallow a comment that stands behind the value. */
  #descriptionText(description: string): string {
    const value = this.#pair("description")?.value;
    const after =
      value == null ? "" : this.#text.slice(endOf(this.#text, value), lineEndOf(this.#text, endOf(this.#text, value)));
    if (this.#map.flow || after.trim() !== "") return scalarText(description, this.#style);
    return textBlock(description, " ".repeat(this.#column() + 2));
  }

  handles(): Splice[] {
    const present = this.#desired.handles.map(handleKey);
    const wanted = this.#entry.handles.map((handle) => [String(handleKey(handle)), handleText(handle)] as const);
    return this.#collection("handles", present, wanted);
  }

  links(): Splice[] {
    const present = this.#desired.links?.map(normalText);
    const wanted = this.#entry.links.map((link) => [normalText(link), scalarText(link, { flow: true })] as const);
    return this.#collection("links", present, wanted);
  }

  lists(): Splice[] {
    const wanted = this.#entry.lists;
    const present = this.#desired.lists?.map((list) => nameOfList(list, wanted));
    const texts = wanted.map((list) => [list.id ?? list.name, listText(list)] as const);
    return this.#collection(this.#pair("lists") === undefined ? "groups" : "lists", present, texts);
  }

  customFields(): Splice[] {
    const { customFields: present, exact } = this.#desired;
    if (present === undefined) return [];
    const wanted = new Map(this.#entry.customFields.map((field) => [field.name, field]));
    const changed = present.flatMap((field) => this.#field(field, wanted.get(field.name)));
    const written = new Set(present.map(({ name }) => name));
    const unsaid = [...(this.#revision.unsayable ?? [])].filter(
      (what) => !written.has(what.replace("custom_fields.", "")),
    );
    this.#mustHaveRoomForAll(
      "custom_fields",
      unsaid.filter((what) => what.startsWith("custom_fields.")),
    );
    const missing = exact.includes("custom_fields") && this.#revision.complete;
    const added = missing ? this.#entry.customFields.filter(({ name }) => !written.has(name)) : [];
    if (added.length === 0) return changed;
    return [
      ...changed,
      addToMap(
        this.#text,
        this.#own("custom_fields"),
        added.map((field) => fieldText(field, this.#fieldStyle)),
      ),
    ];
  }

  avatar(): Splice[] {
    const { complete, samePicture } = this.#revision;
    if (this.#desired.avatar === undefined || samePicture) return [];
    const { avatar } = this.#entry;
    if (avatar !== undefined) return [this.#replace("avatar", scalarText(avatar, this.#style))];
    return complete ? [this.#remove("avatar")] : [];
  }

  #field(before: DesiredField, wanted: EntryField | undefined): Splice[] {
    if (this.#revision.unsayable?.has(`custom_fields.${before.name}`)) return [];
    if (wanted === undefined ? before.value === null || !this.#revision.complete : isSame(before.value, wanted)) {
      return [];
    }
    const node = this.#own("custom_fields").value;
    const pair = isMap(node) ? pairOf(node as YAMLMap.Parsed, before.name) : undefined;
    if (pair === undefined) throw shared("custom_fields");
    return [replaceValue(this.#text, pair, wanted === undefined ? "null" : valueText(wanted, this.#fieldStyle))];
  }

  #collection(
    name: string,
    present: readonly string[] | undefined,
    wanted: readonly (readonly [key: string, text: string])[],
  ): Splice[] {
    if (present === undefined) return [];
    const keys = new Set(wanted.map(([key]) => key));
    this.#mustHaveRoomForAll(name === "groups" ? "lists" : name);
    const gone = this.#revision.complete ? [...present.keys()].filter((index) => !keys.has(present[index] ?? "")) : [];
    const added = wanted.filter(([key]) => !present.includes(key)).map(([, text]) => text);
    if (gone.length === 0 && added.length === 0) return [];
    const pair = this.#pair(name);
    // An alias is replaced by what this entry says from now on; others that use it are left alone.
    if (pair !== undefined && pair.value !== null && !isWrittenOut(pair.value) && this.#revision.complete) {
      return [replaceValue(this.#text, pair, `[${wanted.map(([, text]) => text).join(", ")}]`)];
    }
    return editItems(this.#text, this.#own(name), { gone: new Set(gone), added });
  }

  /** What Front has and no file can say is deleted by a file that says all there is to be. */
  #mustHaveRoomForAll(collection: string, unsaid: readonly string[] = [collection]): void {
    const { complete, unsayable } = this.#revision;
    const isExact = (this.#desired.exact as readonly string[]).includes(collection);
    if (!complete || !isExact || !unsaid.some((what) => unsayable?.has(what))) return;
    throw new Unrevisable(
      `its ${collection} are exact, and Front has some that no file can say: apply would delete them`,
    );
  }

  #replace(name: string, text: string): Splice {
    return replaceValue(this.#text, this.#own(name, { aliases: "allowed" }), text);
  }

  #remove(name: string): Splice {
    return removePair(this.#text, this.#map, this.#own(name, { aliases: "allowed" }));
  }

  #pair(name: string): Pair | undefined {
    return pairOf(this.#map, name);
  }

  /** The property as this very entry has it: what came through an anchor belongs to others as well. */
  #own(name: string, { aliases = "refused" }: { aliases?: "allowed" | "refused" } = {}): Pair {
    const pair = this.#pair(name);
    if (pair === undefined || isAnchored(pair.value)) throw shared(name);
    if (aliases === "refused" && !isWrittenOut(pair.value)) throw shared(name);
    return pair;
  }

  get #style() {
    return { flow: this.#map.flow === true };
  }

  get #fieldStyle() {
    const fields = this.#pair("custom_fields")?.value;
    return { flow: this.#map.flow === true || (isMap(fields) && (fields.flow === true || fields.items.length === 0)) };
  }

  #column(): number {
    const start = this.#map.items[0]?.key.range[0] ?? 0;
    return start - (this.#text.lastIndexOf("\n", start - 1) + 1);
  }
}

function shared(name: string): Unrevisable {
  return new Unrevisable(`its ${name} stands at an anchor (&, * or <<), which others may share`);
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
