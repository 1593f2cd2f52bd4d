import { explainInvalidHandle } from "../config/handle-rules.ts";
import { isWebAddress } from "../config/rules.ts";
import type { FieldDefinition } from "../front/api.ts";
import {
  type DeclaredField,
  FIELD_TYPES,
  type FieldType,
  type FieldValue,
  HANDLE_SOURCES,
  type Handle,
  handleKey,
  type List,
  type RemoteContact,
  type WrittenValue,
} from "../model/contact.ts";
import { checkFieldValue, formatDatetime, normalText } from "../model/field-values.ts";
import { inE164 } from "../model/handle.ts";
import { LIMITS } from "../model/limits.ts";
import { omitUndefined } from "../model/omit-undefined.ts";

import { formatInline } from "../yaml/format-text.ts";
import type { Entry, EntryField, EntryList } from "./entry-text.ts";

/** Something that could not be written, and why. Kinds are counted together. */
export interface ImportWarning {
  readonly kind:
    | "undecodable"
    | "contact-left-out"
    | "handle-left-out"
    | "value-left-out"
    /** Of an entry that is there already, which goes on saying what it said. */
    | "value-kept"
    | "not-updated"
    /** A file that new entries were to be added to. */
    | "file-passed-over"
    | "not-found";
  /** A sentence without a full stop. May hold foreign text. */
  readonly text: string;
}

/** What a contact of Front comes to in the words of the files; no entry when the whole contact stays out. */
export interface ConvertedEntry {
  readonly entry?: Entry;
  /**
   * What Front has and no file can say: `name`, `description`, or `custom_fields.` and the field's name; `handles`, `links`
   * or `lists` where one of them is meant.
   */
  readonly unsayable: ReadonlySet<string>;
  readonly remarks: readonly ImportWarning[];
}

/** What the company's settings and the files' own declarations make of values. */
export interface EntryContext {
  readonly fields: readonly FieldDefinition[];
  readonly lists: readonly List[];
  /** What the files declare already; a value that contradicts them would be an error there. */
  readonly declared: ReadonlyMap<string, DeclaredField>;
}

/** YAML allows 1,024 characters for a key on the line of its value, quotes and escapes included. */
const LONGEST_KEY = 1000;
const CONTROL = /(?!\n)[\p{Cc}\p{Cs}]/u;

/** How people would call a contact in a message. */
export function labelOf({ name, handles, id }: Pick<RemoteContact, "name" | "handles" | "id">): string {
  const [first] = handles;
  return [name ?? first?.handle, id].filter((part) => part !== undefined && part !== "").join(", ");
}

/** Says a contact in the words of the files: what has a value and fits the format, nothing else. */
export function toEntry(remote: RemoteContact, context: EntryContext): ConvertedEntry {
  return new Adoption(remote, context).run();
}

class Adoption {
  readonly #remarks: ImportWarning[] = [];
  readonly #unsayable = new Set<string>();
  readonly #remote: RemoteContact;
  readonly #context: EntryContext;

  constructor(remote: RemoteContact, context: EntryContext) {
    this.#remote = remote;
    this.#context = context;
  }

  run(): ConvertedEntry {
    if (this.#remote.isPrivate) return this.#refuse("is a teammate's private contact");
    const handles = this.#handles();
    if (handles.length === 0) return this.#refuse("has no handle that can be written");
    const entry = omitUndefined({
      name: this.#name(),
      description: this.#description(),
      handles,
      links: this.#links(),
      lists: this.#lists(),
      customFields: this.#customFields(),
    });
    return { entry, unsayable: this.#unsayable, remarks: this.#remarks };
  }

  #refuse(reason: string): ConvertedEntry {
    const text = `${labelOf(this.#remote)} ${reason}`;
    return { unsayable: this.#unsayable, remarks: [...this.#remarks, { kind: "contact-left-out", text }] };
  }

  #leaveOut(what: string, reason: string, kind: ImportWarning["kind"] = "value-left-out"): void {
    this.#remarks.push({ kind, text: `${labelOf(this.#remote)}: ${what} ${reason}` });
  }

  #handles(): Handle[] {
    const found = new Map<string, Handle>();
    for (const { source, handle } of this.#remote.handles) {
      const trimmed = { source, handle: inE164({ source, handle: handle.trim() }) };
      const reason = objectToSource(source) ?? explainInvalidHandle(trimmed)?.[0] ?? objectToText(trimmed.handle);
      if (reason === undefined) found.set(handleKey(trimmed), found.get(handleKey(trimmed)) ?? trimmed);
      else {
        this.#leaveOut(`${source} ${handle}`, reason, "handle-left-out");
        this.#unsayable.add("handles");
      }
    }
    return this.#atMost(LIMITS.handles, [...found.values()], "handles");
  }

  #name(): string | undefined {
    const given = this.#remote.name ?? "";
    if (given.trim() === "") return undefined;
    /** What stands around a name makes no difference to a plan. */
    const name = /[\r\n\t]/.test(given) ? given.trim() : given;
    return this.#fitting("name", name, /[\r\n\t]/.test(name) ? "is not on one line" : objectToText(name));
  }

  /** How its lines end makes no difference to a plan. */
  #description(): string | undefined {
    const text = this.#remote.description.replaceAll(/\r\n?/g, "\n");
    if (text.trim() === "") return undefined;
    return this.#fitting("description", text, objectToText(text));
  }

  #fitting(what: string, text: string, reason: string | undefined): string | undefined {
    if (reason === undefined) return text;
    this.#leaveOut(`the ${what}`, reason);
    this.#unsayable.add(what);
    return undefined;
  }

  #links(): string[] {
    const found = new Map<string, string>();
    for (const link of this.#remote.links.map((text) => text.trim())) {
      const reason = isWebAddress(link) ? objectToText(link) : "is not the address of a web page";
      if (reason === undefined) found.set(normalText(link), link);
      else {
        this.#leaveOut(`the link ${link}`, reason);
        this.#unsayable.add("links");
      }
    }
    return this.#atMost(LIMITS.entries, [...found.values()], "links");
  }

  #lists(): EntryList[] {
    const known = new Set(this.#context.lists.map(({ id }) => id));
    const distinct = new Map(this.#remote.lists.map((list) => [list.id, list]));
    const found = [...distinct.values()].flatMap(({ id, name, isPrivate }) => {
      const list = this.#listOf({ id, name });
      const reason = isPrivate ? "is private" : known.has(id) ? objectToList(list) : "is not among the company's";
      if (reason === undefined) return [list];
      this.#leaveOut(`the list ${name}`, reason);
      this.#unsayable.add("lists");
      return [];
    });
    return this.#atMost(LIMITS.lists, found, "lists");
  }

  #listOf({ id, name }: List): EntryList {
    const several = this.#context.lists.filter((list) => list.name === name).length > 1;
    const unfit = name === "" || /[\r\n\t]/.test(name) || objectToText(name) !== undefined;
    return { name, id, byId: several || unfit };
  }

  #customFields(): EntryField[] {
    const found: EntryField[] = [];
    for (const [name, value] of this.#remote.customFields) {
      if (value === null || value === "") continue;
      const field = this.#field(name, value);
      if (typeof field !== "string") {
        found.push(field);
        continue;
      }
      this.#leaveOut(`the field ${name}`, field);
      this.#unsayable.add(`custom_fields.${name}`);
    }
    return this.#atMost(LIMITS.entries, found, "custom fields");
  }

  /** The field as a file says it, or why it cannot. */
  #field(name: string, value: FieldValue): EntryField | string {
    const definition = this.#context.fields.find((field) => field.name === name);
    if (definition === undefined) return "is not among the company's";
    const type = FIELD_TYPES.find((known) => known === definition.type);
    if (type === undefined) return `is a ${definition.type} field, which cannot be written`;
    const written = writtenValue(type, value);
    if (written === undefined) return `has a value that is no ${type}`;
    const reason = objectToFieldName(name) ?? objectToValue(written);
    if (reason !== undefined) return reason;
    const problem =
      checkFieldValue(type, written, type === "enum" ? definition.values : undefined) ??
      this.#contradiction(name, written);
    return problem === undefined ? { name, type, value: written } : problem.summary;
  }

  #contradiction(name: string, value: WrittenValue) {
    const declared = this.#context.declared.get(name);
    return declared && checkFieldValue(declared.type, value, declared.values);
  }

  #atMost<T>(most: number, values: T[], what: string): T[] {
    if (values.length > most) {
      this.#leaveOut(`${values.length - most} of its ${what}`, "are beyond what a file may say");
      this.#unsayable.add(what);
    }
    return values.slice(0, most);
  }
}

function objectToSource(source: string): string | undefined {
  return HANDLE_SOURCES.some((known) => known === source) ? undefined : "is of a kind that Front lets nobody write";
}

/** Why a text cannot stand in a file. */
export function objectToText(text: string): string | undefined {
  return CONTROL.test(text) ? "contains control characters or halves of characters" : objectToLength(text);
}

function objectToList({ id = "", byId }: EntryList): string | undefined {
  return byId && !/^grp_[a-zA-Z0-9]+$/.test(id) ? `has an id that cannot be written to a file (${id})` : undefined;
}

function objectToLength(text: string): string | undefined {
  return Buffer.byteLength(text) > LIMITS.stringBytes ? `is longer than ${LIMITS.stringBytes} bytes` : undefined;
}

function objectToValue(value: WrittenValue): string | undefined {
  return typeof value === "string" ? objectToText(value) : undefined;
}

/** Why a custom field cannot be named in a file. */
export function objectToFieldName(name: string): string | undefined {
  if (name === "" || /[\r\n\t]/.test(name)) return "has a name that is empty or not on one line";
  if (formatInline(name, { inFlow: true }).length > LONGEST_KEY) return "has a name that is too long for a YAML key";
  return objectToText(name);
}

/** Undefined for a value that its field cannot have. Fractions of seconds make no difference to a plan. */
function writtenValue(type: FieldType, value: FieldValue): WrittenValue | undefined {
  if (type === "datetime") return typeof value === "number" ? formatDatetime(Math.floor(value)) : undefined;
  if (typeof value === "string") return type === "string" ? value.replaceAll(/\r\n?/g, "\n") : value;
  return typeof value === "number" || typeof value === "boolean" ? value : undefined;
}
