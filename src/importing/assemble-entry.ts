import { explainInvalidHandle } from "../config/handle-rules.ts";
import { isWebAddress } from "../config/rules.ts";
import { type DeclaredField, type Handle, handleKey, type WrittenValue } from "../model/contact.ts";
import { checkFieldValue, formatDatetime, parseDatetime } from "../model/field-values.ts";
import { inE164 } from "../model/handle.ts";
import { LIMITS } from "../model/limits.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Target } from "./column-mapping.ts";
import type { Entry, EntryField } from "./entry-text.ts";
import { objectToText } from "./to-entry.ts";

/** A text from elsewhere, and what it is for. */
export interface Detail {
  readonly target: Target;
  readonly text: string;
}

/** What details come to, or all that keeps them from being an entry. */
export type Assembled = { readonly entry: Entry } | { readonly problems: readonly string[] };

/** Makes an entry of details. What is empty says nothing. */
export function assembleEntry(details: readonly Detail[], declared: ReadonlyMap<string, DeclaredField>): Assembled {
  const assembly = new Assembly(
    details.filter(({ text }) => text !== ""),
    declared,
  );
  const entry = assembly.entry();
  return assembly.problems.length > 0 ? { problems: assembly.problems } : { entry };
}

class Assembly {
  readonly problems: string[] = [];
  readonly #details: readonly Detail[];
  readonly #declared: ReadonlyMap<string, DeclaredField>;

  constructor(details: readonly Detail[], declared: ReadonlyMap<string, DeclaredField>) {
    this.#details = details;
    this.#declared = declared;
  }

  entry(): Entry {
    return omitUndefined({
      name: this.#oneLine("name", this.#texts("name").join(" ")) || undefined,
      description: this.#text("description", this.#texts("description").join("\n")) || undefined,
      handles: this.#handles(),
      links: this.#atMost(LIMITS.entries, this.#links(), "links"),
      lists: this.#atMost(LIMITS.lists, this.#lists(), "lists").map((name) => ({ name })),
      customFields: this.#fields(),
    });
  }

  #texts(kind: Target["kind"]): string[] {
    return this.#details.filter(({ target }) => target.kind === kind).map(({ text }) => text);
  }

  #handles(): Handle[] {
    const found = new Map<string, Handle>();
    for (const { target, text } of this.#details) {
      if (target.kind !== "handle") continue;
      const handle = { source: target.source, handle: inE164({ source: target.source, handle: text }) };
      const reason = objectToText(text) ?? explainInvalidHandle(handle)?.[0];
      if (reason !== undefined) this.#object(`${target.source} ${text} ${reason}`);
      else found.set(handleKey(handle), found.get(handleKey(handle)) ?? handle);
    }
    if (found.size === 0 && this.problems.length === 0) this.#object("there is no handle");
    return this.#atMost(LIMITS.handles, [...found.values()], "handles");
  }

  #links(): string[] {
    const links = this.#texts("link").map((link) => this.#text("link", link));
    for (const link of links) if (!isWebAddress(link)) this.#object(`${link} is not the address of a web page`);
    return [...new Set(links)];
  }

  #lists(): string[] {
    return [...new Set(this.#texts("list").map((name) => this.#oneLine("list", name)))];
  }

  #fields(): EntryField[] {
    const found = new Map<string, EntryField>();
    for (const { target, text } of this.#details) {
      if (target.kind !== "field") continue;
      const { name } = target;
      const before = found.get(name);
      if (before !== undefined && String(before.value) !== text) this.#object(`${name} has two values`);
      const type = this.#declared.get(name)?.type;
      found.set(name, { name, type, value: this.#value(name, this.#text(name, text)) });
    }
    return [...found.values()];
  }

  /** By the type that the files declare; as text where they do not. */
  #value(name: string, text: string): WrittenValue {
    const declared = this.#declared.get(name);
    if (declared === undefined) return text;
    const value = converted(declared, text);
    const problem = checkFieldValue(declared.type, value, declared.values);
    if (problem !== undefined) this.#object(`${name}: ${problem.summary}. ${problem.advice}`);
    return value;
  }

  #oneLine(what: string, text: string): string {
    if (/[\r\n\t]/.test(text)) this.#object(`the ${what} is not on one line`);
    return this.#text(what, text);
  }

  #text(what: string, text: string): string {
    const reason = objectToText(text);
    if (reason !== undefined) this.#object(`the ${what} ${reason}`);
    return text;
  }

  #atMost<T>(most: number, values: T[], what: string): T[] {
    if (values.length > most) this.#object(`there are ${values.length} ${what}, and ${most} is the most`);
    return values;
  }

  #object(problem: string): void {
    this.problems.push(problem);
  }
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  "1": true,
  false: false,
  no: false,
  "0": false,
};

/** Undeclared types stay text. What does not fit its type is left as it is, and then found not to fit. */
function converted({ type }: DeclaredField, text: string): WrittenValue {
  if (type === "number" && /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?$/.test(text)) return Number(text);
  if (type === "boolean") return BOOLEANS[text.toLowerCase()] ?? text;
  const seconds = type === "datetime" ? parseDatetime(text) : undefined;
  return seconds === undefined ? text : formatDatetime(seconds);
}
