import { posix } from "node:path";
import { createDisk, type Disk } from "../fs/disk.ts";
import type { Configuration } from "./configuration.ts";
import { ConfigurationTables } from "./configuration-tables.ts";
import { type Loaded, type LoadOptions, loadDesired } from "./load-desired-state.ts";
import { withObjectPaths } from "./object-paths.ts";

/** Keeps each generated file below the limits of 5,000 contacts and 4 MB. */
const ENTRIES_PER_FILE = 500;

/**
 * Returns the desired state of a configuration given as an object instead of files, checked by the same rules. The
 * `path` of a diagnostic leads to its value in the object. Its location is in a JSON text named `contacts-1.yaml` and
 * so on, or in the CSV text of a table, `tables.NAME.csv`; `sources` has those texts.
 */
export async function createDesiredState(
  { contacts = {}, accounts = {}, tables: written = {}, defaults, ...rest }: Configuration,
  { disk = createDisk(), ...options }: Omit<LoadOptions, "cwd"> = {},
): Promise<Loaded> {
  const tables = new ConfigurationTables(written);
  const parts = [
    ...(Object.keys(rest).length === 0 ? [] : [rest]),
    ...(Object.keys(written).length === 0 ? [] : [{ tables: tables.declared }]),
    ...slices(accounts).map((slice) => ({ accounts: slice })),
    ...slices(contacts).map((slice) => ({ contacts: slice })),
  ];
  const files = parts.map((part, index) => [`contacts-${index + 1}.yaml`, part] as const);
  const all = defaults === undefined ? files : [...files, ["defaults.yaml", { defaults }] as const];
  const texts = new Map(all.map(([name, part]) => [name, JSON.stringify(part, null, 2)]));
  const loaded = await loadDesired(".", { ...options, disk: withFiles(new Map([...texts, ...tables.texts]), disk) });
  return { ...loaded, diagnostics: withObjectPaths(loaded.diagnostics, texts, tables) };
}

function slices<T>(entries: Readonly<Record<string, T>>): Readonly<Record<string, T>>[] {
  const all = Object.entries(entries);
  const starts = Array.from(
    { length: Math.ceil(all.length / ENTRIES_PER_FILE) },
    (_, index) => index * ENTRIES_PER_FILE,
  );
  return starts.map((start) => Object.fromEntries(all.slice(start, start + ENTRIES_PER_FILE)));
}

/** Returns a disk that lists only these files. Pictures and other tables are read from `disk`. */
function withFiles(texts: ReadonlyMap<string, string>, disk: Disk): Disk {
  const home = disk.realPath(".") ?? ".";
  const nameOf = (path: string) => posix.relative(home, posix.resolve(home, path));
  return {
    list: (directory) =>
      directory === "."
        ? { kind: "entries", entries: [...texts.keys()].map((name) => ({ name, kind: "file" })) }
        : { kind: "missing" },
    read(path, options) {
      const text = texts.get(nameOf(path));
      if (text === undefined) return disk.read(path, options);
      const bytes = new TextEncoder().encode(text);
      return bytes.length > options.limit ? { kind: "too-large", size: bytes.length } : { kind: "bytes", bytes };
    },
    realPath: (path) => (texts.has(nameOf(path)) ? posix.resolve(home, path) : disk.realPath(path)),
  };
}
