import { posix } from "node:path";
import { createDisk, type Disk } from "../fs/disk.ts";
import type { Configuration } from "./configuration.ts";
import { ConfigurationTables } from "./configuration-tables.ts";
import { type Loaded, type LoadOptions, loadDesired } from "./load-desired-state.ts";
import { withObjectPaths } from "./object-paths.ts";

/** Maximum number of accounts or contacts in a generated file. The limits of a file are 5,000 contacts and 4 MB. */
const ENTRIES_PER_FILE = 500;

/**
 * Returns the desired state of a configuration object, which is checked by the same rules as configuration files. The
 * object is converted to files: `contacts-1.yaml`, `contacts-2.yaml` and so on, and `defaults.yaml` contain JSON;
 * `tables.NAME.csv` contains the `rows` or the `csv` of a table. A diagnostic about a value in the object has a
 * location in one of these files, and the `path` of the value. A diagnostic about a CSV file that a table names has a
 * location in that file, and no path. `sources` contains the text of every file.
 */
export async function createDesiredState(
  { contacts = {}, accounts = {}, tables = {}, defaults, ...others }: Configuration,
  { disk = createDisk(), ...options }: Omit<LoadOptions, "cwd"> = {},
): Promise<Loaded> {
  const converted = new ConfigurationTables(tables);
  const parts = [
    ...(Object.keys(others).length === 0 ? [] : [others]),
    ...(Object.keys(tables).length === 0 ? [] : [{ tables: converted.declared }]),
    ...slices(accounts).map((slice) => ({ accounts: slice })),
    ...slices(contacts).map((slice) => ({ contacts: slice })),
  ];
  if (parts.length === 0 && defaults === undefined) parts.push({ contacts });
  const files = parts.map((part, index) => [`contacts-${index + 1}.yaml`, part] as const);
  const all = defaults === undefined ? files : [...files, ["defaults.yaml", { defaults }] as const];
  const texts = new Map(all.map(([name, part]) => [name, JSON.stringify(part, null, 2)]));
  const loaded = await loadDesired(".", { ...options, disk: withFiles(new Map([...texts, ...converted.texts]), disk) });
  return { ...loaded, diagnostics: withObjectPaths(loaded.diagnostics, texts, converted) };
}

function slices<T>(entries: Readonly<Record<string, T>>): Readonly<Record<string, T>>[] {
  const all = Object.entries(entries);
  const count = Math.ceil(all.length / ENTRIES_PER_FILE);
  return Array.from({ length: count }, (_, index) =>
    Object.fromEntries(all.slice(index * ENTRIES_PER_FILE, (index + 1) * ENTRIES_PER_FILE)),
  );
}

/** Returns a disk that lists only the files in `texts`, and reads all other files from `disk`. */
function withFiles(texts: ReadonlyMap<string, string>, disk: Disk): Disk {
  const root = disk.realPath(".") ?? ".";
  const nameOf = (path: string) => posix.relative(root, posix.resolve(root, path));
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
    realPath: (path) => (texts.has(nameOf(path)) ? posix.resolve(root, path) : disk.realPath(path)),
  };
}
