import type { SourceLocation } from "../model/diagnostic.ts";
import { isJsonObject } from "../model/json-object.ts";
import { type LocatedValue, locatedValueOf, type SourceDocument } from "../yaml/located-value.ts";
import { parseYaml } from "../yaml/parse.ts";
import type { Source } from "../yaml/source-text.ts";
import type { WrittenEntry } from "./written-values.ts";

/**
 * Parses files again to locate the few values that rules report, because the parsed values and ranges of all files take
 * several times the memory of their contacts. Keeps only the last file, because rules check contacts in file order.
 */
export class Reparser {
  #source: Source | undefined;
  #documents: readonly SourceDocument[] = [];
  /** Most contacts have the same keys, so they share one array to save memory. */
  readonly #keys = new Map<string, readonly string[]>();

  /** Returns a function that returns a contact of a document. The file is parsed again when a value is read. */
  contactsOf(source: Source, index: number): (key: string, contact: LocatedValue) => WrittenEntry {
    const open = () => {
      if (source !== this.#source) {
        this.#documents = parseYaml(source).documents;
        this.#source = source;
      }
      return this.#documents[index];
    };
    return (key, contact) => new ReparsedEntry(key, this.#keysOf(contact), open);
  }

  #keysOf({ value }: LocatedValue): readonly string[] {
    const keys = Object.keys(isJsonObject(value) ? value : {});
    const id = keys.join("\n");
    const shared = this.#keys.get(id) ?? keys;
    this.#keys.set(id, shared);
    return shared;
  }
}

/** A contact whose keys are in memory and whose values are parsed again when they are read. */
class ReparsedEntry implements WrittenEntry {
  readonly #name: string;
  readonly #keys: readonly string[];
  readonly #open: () => SourceDocument | undefined;

  constructor(name: string, keys: readonly string[], open: () => SourceDocument | undefined) {
    this.#name = name;
    this.#keys = keys;
    this.#open = open;
  }

  #read(): LocatedValue {
    const document = this.#open();
    const contact = document && locatedValueOf(document).get("contacts")?.get(this.#name);
    if (contact === undefined) throw new Error(`${this.#name} is not in the file that declares it`);
    return contact;
  }

  get location(): SourceLocation {
    return this.#read().location;
  }

  get(key: string): LocatedValue | undefined {
    return this.#keys.includes(key) ? this.#read().get(key) : undefined;
  }

  entries(): [string, LocatedValue][] {
    return this.#read().entries();
  }
}
