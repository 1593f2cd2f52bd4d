import type { DesiredContact } from "../contact.ts";
import { checkSchema } from "../desired/schema.ts";
import { createSource } from "../desired/source.ts";
import { isMap as isPlainMap } from "../desired/written.ts";
import { parseYaml } from "../desired/yaml.ts";
import { isAnchored, nameOf, pairOf, rootMaps, type Splice, spliced } from "../desired/yaml-nodes.ts";
import { isMap, type YAMLMap } from "../desired/yaml-package.ts";
import { hasErrors } from "../diagnostic.ts";
import { canonicalJson } from "../fingerprint.ts";
import type { Remark } from "./adopt.ts";
import { type Revision, reviseEntry } from "./revise.ts";
import { Unrevisable } from "./unrevisable.ts";

/** A file after its entries were brought up to date. */
export interface RevisedFile {
  readonly text: string;
  /** Keys of the entries that say something else now. */
  readonly revised: readonly string[];
  readonly remarks: readonly Remark[];
}

/**
 * Brings entries of a file up to date, in the text: comments, order, anchors and quoting of all else stay to the byte.
 * An entry that cannot be changed on its own stays as it is.
 */
export function reviseFile(file: string, text: string, revisions: ReadonlyMap<DesiredContact, Revision>): RevisedFile {
  const maps = entryMaps(text);
  const splices: Splice[] = [];
  const revised: string[] = [];
  const remarks: Remark[] = [];
  for (const [desired, revision] of revisions) {
    try {
      const found = reviseEntry(text, entryAt(maps, desired), desired, revision);
      if (found.length === 0) continue;
      splices.push(...found);
      revised.push(desired.key);
    } catch (error) {
      if (!(error instanceof Unrevisable)) throw error;
      remarks.push({ kind: "not-updated", text: `${desired.key}: ${error.message}` });
    }
  }
  const after = spliced(text, splices);
  if (revised.length === 0 || isStillRight(file, text, after, revised)) return { text: after, revised, remarks };
  const reason = `${file}: what would come of it could not be read again as it was meant`;
  return { text, revised: [], remarks: [...remarks, { kind: "not-updated", text: reason }] };
}

/** Entries that are written out, by key. */
function entryMaps(text: string): ReadonlyMap<string, YAMLMap.Parsed> {
  const contacts = rootMaps(text).map((root) => pairOf(root, "contacts")?.value ?? null);
  const pairs = contacts.flatMap((node) => (isMap(node) && !isAnchored(node) ? (node as YAMLMap.Parsed).items : []));
  return new Map(
    pairs.flatMap(({ key, value }) =>
      isMap(value) && !isAnchored(value) ? [[nameOf(key) ?? "", value as YAMLMap.Parsed] as const] : [],
    ),
  );
}

function entryAt(maps: ReadonlyMap<string, YAMLMap.Parsed>, { key }: DesiredContact): YAMLMap.Parsed {
  const map = maps.get(key);
  if (map === undefined) throw new Unrevisable("it stands at an anchor (& or *), which others may share");
  return map;
}

/** Whether the file can still be read, and says of everything else what it said. */
function isStillRight(file: string, before: string, after: string, revised: readonly string[]): boolean {
  const [was, is] = [before, after].map((text) => parseYaml(createSource(file, text)));
  if (was === undefined || is === undefined || hasErrors(is.diagnostics)) return false;
  if (is.documents.some((document) => hasErrors(checkSchema(document)))) return false;
  const others = ({ value }: { readonly value: unknown }) => withoutEntries(value, new Set(revised));
  return canonicalJson(was.documents.map(others)) === canonicalJson(is.documents.map(others));
}

function withoutEntries(value: unknown, keys: ReadonlySet<string>): unknown {
  if (!isPlainMap(value) || !isPlainMap(value["contacts"])) return value;
  const contacts = Object.entries(value["contacts"]).filter(([key]) => !keys.has(key));
  return { ...value, contacts: Object.fromEntries(contacts) };
}
