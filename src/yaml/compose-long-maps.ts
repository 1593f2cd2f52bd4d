import { Composer, type CST, YAML_OPTIONS, type YAMLMap } from "./yaml-package.ts";

const BATCH_SIZE = 100;

/**
 * Composes the entries of long maps in batches, because composed nodes take twice the memory of their tokens. Applies
 * to the maps directly below a top-level key, such as `contacts`.
 */
export class LongMaps {
  /** The entries of each shortened map, by its token. */
  readonly #entries = new Map<unknown, CST.BlockMap["items"]>();

  /** Returns a document in which each long map has only its first and last entry. */
  shorten(document: CST.Document): CST.Document {
    const { value: root } = document;
    if (root?.type !== "block-map") return document;
    const items = root.items.map((item) =>
      item.value?.type === "block-map" ? { ...item, value: this.#shortened(item.value) } : item,
    ) as CST.BlockMap["items"];
    return { ...document, value: { ...root, items } };
  }

  #shortened(map: CST.BlockMap): CST.BlockMap {
    if (map.items.length <= BATCH_SIZE) return map;
    // The parser represents comments below the last entry by an item without a key.
    const entries = map.items.filter(({ key, sep }) => key !== undefined || sep !== undefined);
    const [first, last] = [entries[0], entries.at(-1)];
    if (first === undefined || last === undefined || first === last) return map;
    const shortened = { ...map, items: [first, last] };
    this.#entries.set(shortened, entries);
    return shortened;
  }

  /**
   * Returns the batches of a shortened map, each composed as a map; undefined for other maps. Can be called only once
   * per map, because the iterator releases the tokens.
   */
  batchesOf({ srcToken }: YAMLMap.Parsed): Iterator<YAMLMap.Parsed, undefined> | undefined {
    const entries = this.#entries.get(srcToken);
    if (entries === undefined || srcToken?.type !== "block-map") return undefined;
    this.#entries.delete(srcToken);
    return composeBatches(srcToken, entries);
  }
}

function* composeBatches(map: CST.BlockMap, entries: CST.BlockMap["items"]): Generator<YAMLMap.Parsed, undefined> {
  while (entries.length > 0) {
    const value = { ...map, items: entries.splice(0, BATCH_SIZE) };
    const token: CST.Document = { type: "document", offset: map.offset, start: [], value };
    const composer = new Composer({ ...YAML_OPTIONS, keepSourceTokens: true });
    const [document] = composer.compose([token]);
    yield document?.contents as YAMLMap.Parsed;
  }
}
