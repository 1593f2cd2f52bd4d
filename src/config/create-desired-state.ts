import { posix } from "node:path";
import { createDisk, type Disk } from "../fs/disk.ts";
import { isJsonObject } from "../model/json-object.ts";
import { LIMITS } from "../model/limits.ts";
import { withObjectPaths } from "./add-object-paths.ts";
import { checkValues } from "./check-json-values.ts";
import type { Configuration } from "./configuration.ts";
import { ConfigurationTables } from "./configuration-tables.ts";
import { type Loaded, type LoadOptions, loadDesired } from "./load-desired-state.ts";

/** Maximum number of accounts or contacts in a generated file, so that all files together are parsed quickly. */
const ENTRIES_PER_FILE = 500;

/**
 * Returns the desired state of a configuration object, which is checked like configuration files. The `path` of a
 * diagnostic identifies the value in the object; `location` and `sources` refer to generated files, such as
 * `contacts-1.yaml`. A problem in a CSV file that a table names has a location in that file, but no path. A problem
 * with a value that JSON or CSV cannot represent, such as NaN or a Map, has a path, but no location.
 */
export async function createDesiredState(
  configuration: Configuration,
  { disk = createDisk(), ...options }: Omit<LoadOptions, "cwd"> = {},
): Promise<Loaded> {
  const problems = checkValues(configuration);
  if (problems.length > 0) return { diagnostics: problems, sources: new Map() };
  const { contacts = {}, accounts = {}, tables = {}, defaults, ...others } = configuration;
  const converted = new ConfigurationTables(isJsonObject(tables) ? tables : {});
  const parts = [
    ...(Object.keys(others).length === 0 ? [] : [textOf(others)]),
    ...(isEmpty(tables) ? [] : [textOf({ tables: isJsonObject(tables) ? converted.declared : tables })]),
    ...textsOf("accounts", accounts),
    ...textsOf("contacts", contacts),
  ];
  if (parts.length === 0 && defaults === undefined) parts.push(textOf({ contacts }));
  const texts = new Map(parts.map((text, index) => [`contacts-${index + 1}.yaml`, text]));
  if (defaults !== undefined) texts.set("defaults.yaml", textOf({ defaults }));
  const loaded = await loadDesired(".", { ...options, disk: withFiles(new Map([...texts, ...converted.texts]), disk) });
  return { ...loaded, diagnostics: withObjectPaths(loaded.diagnostics, texts, converted) };
}

function textOf(part: object): string {
  return JSON.stringify(part, null, 2);
}

function isEmpty(entries: unknown): boolean {
  return isJsonObject(entries) && Object.keys(entries).length === 0;
}

/** Returns texts that each fit into a file. The schema reports entries that are not an object. */
function textsOf(section: string, entries: unknown): string[] {
  if (isEmpty(entries)) return [];
  const pairs = isJsonObject(entries) ? Object.entries(entries) : [];
  if (pairs.length <= ENTRIES_PER_FILE) {
    const text = textOf({ [section]: entries });
    if (pairs.length < 2 || Buffer.byteLength(text) <= LIMITS.fileBytes) return [text];
  }
  const middle = Math.ceil(pairs.length / 2);
  const halves = [pairs.slice(0, middle), pairs.slice(middle)];
  return halves.flatMap((half) => textsOf(section, Object.fromEntries(half)));
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
