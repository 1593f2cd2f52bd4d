import { createDisk, type Disk } from "../fs/disk.ts";
import { type Loaded, type LoadOptions, loadDesired } from "./load-desired-state.ts";

/** A handle as a configuration writes it. */
type HandleConfiguration = { readonly source: string } & ({ readonly handle: string } | { readonly sha256: string });

/** A contact as a configuration writes it; the keys and rules are those of the files (docs/format.md). */
interface ContactConfiguration {
  readonly handles: readonly HandleConfiguration[];
  readonly name?: string;
  readonly description?: string | null;
  readonly links?: readonly string[];
  readonly lists?: readonly (string | { readonly id: string })[];
  readonly custom_fields?: Readonly<Record<string, string | number | boolean | null>>;
  readonly account?: { readonly domain: string } | { readonly external_id: string } | { readonly id: string };
  /** A path relative to `cwd`. */
  readonly avatar?: string;
  readonly id?: string;
  readonly ensure?: "present" | "absent";
  readonly merge?: boolean;
  readonly protect?: boolean;
  readonly exact?: readonly ("handles" | "links" | "lists" | "custom_fields")[];
}

/** How the files manage a list. */
interface ListConfiguration {
  readonly team?: string;
  readonly members?: "exact";
  readonly ensure?: "present" | "absent";
}

/** The contents of configuration files as one object. Contacts are keyed as in the files. */
export interface Configuration {
  readonly contacts: Readonly<Record<string, ContactConfiguration>>;
  /** Values for every contact, as in a file `defaults.yaml`. */
  readonly defaults?: Omit<ContactConfiguration, "handles" | "name" | "id" | "ensure" | "merge">;
  readonly lists?: readonly string[] | Readonly<Record<string, ListConfiguration>>;
  readonly custom_fields?: Readonly<Record<string, { readonly type: string; readonly values?: readonly string[] }>>;
  readonly settings?: {
    readonly company?: string;
    readonly phone_country?: string;
    readonly reserve?: string | number;
    readonly require?: readonly string[];
    readonly guards?: { readonly changes?: string | number; readonly removals?: string | number };
  };
}

/** A file may have 5,000 contacts and 4 MB. */
const CONTACTS_PER_FILE = 500;

/**
 * Returns the desired state of contacts given as objects in place of files, checked by the same rules. Diagnostics are
 * located in JSON texts named `contacts-1.yaml` and so on, each with up to 500 contacts; `sources` has those texts.
 */
export async function createDesiredState(
  { contacts, defaults, ...rest }: Configuration,
  { disk = createDisk(), ...options }: Omit<LoadOptions, "cwd"> = {},
): Promise<Loaded> {
  const entries = Object.entries(contacts);
  const parts: object[] = Object.keys(rest).length === 0 ? [] : [rest];
  for (let start = 0; start < entries.length; start += CONTACTS_PER_FILE) {
    parts.push({ contacts: Object.fromEntries(entries.slice(start, start + CONTACTS_PER_FILE)) });
  }
  const files = parts.map((part, index) => [`contacts-${index + 1}.yaml`, part] as const);
  const all = defaults === undefined ? files : [...files, ["defaults.yaml", { defaults }] as const];
  const texts = new Map(all.map(([name, part]) => [name, JSON.stringify(part, null, 2)]));
  return await loadDesired(".", { ...options, disk: withFiles(texts, disk) });
}

/** The directory of `disk` with these configuration files in place of its own; pictures are read from `disk`. */
function withFiles(texts: ReadonlyMap<string, string>, disk: Disk): Disk {
  const textOf = (path: string) => texts.get(path.replace(/^\.\//, ""));
  return {
    list: (directory) =>
      directory === "."
        ? { kind: "entries", entries: [...texts.keys()].map((name) => ({ name, kind: "file" })) }
        : { kind: "missing" },
    read(path, options) {
      const text = textOf(path);
      return text === undefined ? disk.read(path, options) : { kind: "bytes", bytes: new TextEncoder().encode(text) };
    },
    realPath: (path) => disk.realPath(textOf(path) === undefined ? path : "."),
  };
}
