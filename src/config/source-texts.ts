import { hash } from "node:crypto";
import { decodeTable, TABLE_ENCODINGS } from "../csv/decode-table.ts";
import type { Disk } from "../fs/disk.ts";
import { LIMITS } from "../model/limits.ts";
import { decodeSource } from "../yaml/source-text.ts";
import { YAML_NAME } from "./find-files.ts";

/** The texts of files by path. Paths are the same as in locations. */
export interface SourceTexts {
  get(path: string): string | undefined;
  keys(): Iterable<string>;
  values(): Iterable<string>;
}

/** Minimum total length of texts to release, in UTF-16 code units: that of files with about 40,000 contacts. */
const MIN_RELEASED_LENGTH = 16 * 1024 ** 2;

/**
 * Returns texts that are read again when they are requested, because keeping them would take a tenth of the memory of a
 * run. The text of a file that has changed is undefined. Texts with a total length below `minLength` stay in memory.
 */
export function createReloadedTexts(
  texts: ReadonlyMap<string, string>,
  disk: Disk,
  { minLength = MIN_RELEASED_LENGTH }: { readonly minLength?: number } = {},
): SourceTexts {
  const length = [...texts.values()].reduce((sum, text) => sum + text.length, 0);
  if (length < minLength) return texts;
  return textsWithDigests(new Map([...texts].map(([path, text]) => [path, digestOf(text)])), disk);
}

export function joinTexts(texts: SourceTexts, base: SourceTexts): SourceTexts {
  return {
    get: (path) => texts.get(path) ?? base.get(path),
    keys: () => new Set([...texts.keys(), ...base.keys()]),
    values: () => new Set([...texts.values(), ...base.values()]),
  };
}

function textsWithDigests(digests: ReadonlyMap<string, string>, disk: Disk): SourceTexts {
  const textOf = (path: string) => {
    const digest = digests.get(path);
    return digest === undefined ? undefined : readTexts(path, disk).find((text) => digestOf(text) === digest);
  };
  return {
    get: textOf,
    keys: () => digests.keys(),
    *values() {
      for (const path of digests.keys()) {
        const text = textOf(path);
        if (text !== undefined) yield text;
      }
    },
  };
}

/** Returns the text of a file or, for a table, a text for each encoding, because its encoding is not known here. */
function readTexts(path: string, disk: Disk): string[] {
  const real = disk.realPath(path);
  const isTable = !YAML_NAME.test(path);
  const read =
    real === undefined ? undefined : disk.read(real, { limit: isTable ? LIMITS.tableBytes : LIMITS.fileBytes });
  if (read?.kind !== "bytes") return [];
  const { bytes } = read;
  if (isTable) return TABLE_ENCODINGS.flatMap((encoding) => decodeTable(bytes, encoding)?.text ?? []);
  const { source } = decodeSource(path, bytes);
  return source === undefined ? [] : [source.text];
}

function digestOf(text: string): string {
  return hash("sha256", text);
}
