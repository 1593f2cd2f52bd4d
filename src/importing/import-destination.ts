import { posix } from "node:path";
import { COMPANY_SCHEMA } from "../config/company-schema-file.ts";
import { type Loaded, loadDesired } from "../config/load-desired-state.ts";
import { createDisk, type Disk } from "../fs/disk.ts";
import { assertWritable, type DiskWriter, WriteError } from "../fs/disk-writer.ts";
import { type DesiredContact, type DesiredState, type Handle, type HandleKey, handleKey } from "../model/contact.ts";
import { EntryFiles } from "./entry-files.ts";

/** The directory that entries are written into, and what its files say already. */
export interface ImportDestination {
  /** The contacts directory, relative to `cwd`. */
  readonly root: string;
  readonly cwd: string;
  readonly desired: DesiredState;
  /** The text of every file, by path. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Who of the files a contact is: whoever pins its id or claims one of its handles. */
export class Owners {
  readonly #byHandle = new Map<HandleKey, DesiredContact>();
  readonly #byId = new Map<string, DesiredContact>();

  constructor(contacts: readonly DesiredContact[]) {
    for (const contact of contacts) {
      if (contact.id !== undefined) this.#byId.set(contact.id, contact);
      for (const handle of contact.handles) this.#byHandle.set(handleKey(handle), contact);
    }
  }

  of({ id, handles }: { readonly id?: string; readonly handles: readonly Handle[] }): DesiredContact | undefined {
    const pinned = id === undefined ? undefined : this.#byId.get(id);
    return pinned ?? handles.map((handle) => this.claimant(handle)).find((owner) => owner !== undefined);
  }

  claimant(handle: Handle): DesiredContact | undefined {
    return this.#byHandle.get(handleKey(handle));
  }
}

/** Reads what is there. No home when something is wrong with it: then nobody knows who is declared already. */
export async function openImportDestination(
  directory: string,
  { cwd }: { readonly cwd: string },
): Promise<{ readonly home?: ImportDestination; readonly loaded: Loaded }> {
  const loaded = await loadDesired(directory, { cwd, allowEmpty: true });
  const { desired, sources } = loaded;
  const root = posix.normalize(directory).replace(/(.)\/+$/, "$1");
  return desired === undefined ? { loaded } : { loaded, home: { root, cwd, desired, sources } };
}

export interface PlaceOptions {
  /** A file, or a directory with `split`. Usually `imported.yaml` in the contacts directory, or that itself. */
  readonly to?: string;
  /** One file a contact. */
  readonly split?: boolean;
}

export type Place = { readonly file: string } | { readonly directory: string };

/** Where new entries go. Throws a `WriteError` when they cannot: nothing has been read or written by then. */
export function destinationFile({ root, cwd, sources }: ImportDestination, { to, split = false }: PlaceOptions): Place {
  const named = to === undefined ? (split ? root : posix.join(root, "imported.yaml")) : posix.normalize(to);
  const path = named.replace(/(.)\/+$/, "$1");
  const refuse = (reason: string, advice: string) => {
    throw new WriteError(`${path} cannot be written (${reason})`, advice);
  };
  const below = posix.relative(posix.resolve(cwd, root), posix.resolve(cwd, path));
  if (below.startsWith("..") || posix.isAbsolute(below) || below.split("/").some(isHidden)) {
    refuse(
      `it is not inside of ${root}`,
      `Only files in ${root} count, hidden ones left out. --contacts names another.`,
    );
  }
  const location = posix.join(root, below);
  if (split) {
    assertWritable(posix.join(location, "contact.yaml"), cwd);
    return { directory: location };
  }
  if (!/\.ya?ml$/.test(location)) refuse("its name does not end in .yaml", "Name a file such as contacts/people.yaml.");
  assertWritable(location, cwd);
  const there = createDisk(cwd).read(location, { limit: Number.POSITIVE_INFINITY }).kind !== "missing";
  if (there && to !== undefined && !sources.has(location)) {
    refuse("it is not a plain file", "Name a file that is not there yet, or one of those that are read.");
  }
  return { file: location };
}

function isHidden(name: string): boolean {
  return name.startsWith(".");
}

interface EntryFilesSurroundings {
  readonly writer: DiskWriter;
  readonly disk: Disk;
  readonly declareLists?: boolean;
  readonly onPassedOver: (path: string, reason: string) => void;
}

/** Files for new entries, in one of which nothing has to be declared that another one declares. */
export function openEntryFiles(
  home: ImportDestination,
  location: Place,
  { writer, disk, declareLists = false, onPassedOver }: EntryFilesSurroundings,
): EntryFiles {
  const { desired, sources } = home;
  const counts = new Map<string, number>();
  for (const { location: at } of desired.contacts) counts.set(at.file, (counts.get(at.file) ?? 0) + 1);
  return new EntryFiles({
    location,
    sources,
    counts,
    writer,
    onPassedOver,
    headline: (path) => headlineFor(schemaFor(path, home, disk)),
    fields: declaredFields(desired),
    lists: declareLists ? new Set(desired.lists.map(({ name }) => name)) : undefined,
  });
}

/** As soon as one field is declared all have to be, so none is where the files use fields and declare none. */
function declaredFields({ customFields, contacts }: DesiredState): ReadonlySet<string> | undefined {
  const uses = contacts.some((contact) => (contact.customFields ?? []).length > 0);
  if (customFields.length === 0 && uses) return undefined;
  return new Set(customFields.map(({ name }) => name));
}

const SCHEMA_LINE = /^# yaml-language-server: \$schema=(\S+)/;

function headlineFor(schema: string | undefined): string {
  return schema === undefined ? "" : `# yaml-language-server: $schema=${schema}\n`;
}

/** The schema that the other files name, or that of the company, or the usual one, where it is; a line to nowhere is none. */
function schemaFor(path: string, { root, sources }: ImportDestination, disk: Disk): string | undefined {
  const from = posix.dirname(path);
  for (const [file, text] of sources) {
    const named = SCHEMA_LINE.exec(text)?.[1];
    if (named === undefined) continue;
    if (/^[a-z]+:|^\//i.test(named)) return named;
    return posix.relative(from, posix.join(posix.dirname(file), named));
  }
  const locations = [COMPANY_SCHEMA, "contacts.schema.json", "../schemas/contacts.schema.json"];
  const found = locations
    .map((location) => posix.join(root, location))
    .find((location) => disk.realPath(location) !== undefined);
  return found === undefined ? undefined : posix.relative(from, found);
}
