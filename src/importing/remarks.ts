import type { Remark } from "./adopt.ts";

/** As many of a kind as anybody reads. */
const MOST = 20;

export interface RemarkGroup {
  readonly kind: Remark["kind"];
  readonly count: number;
  /** The first ones. */
  readonly texts: readonly string[];
}

/** Counts remarks by kind, and keeps the first of each: a large company may give rise to as many as it has contacts. */
export class Remarks {
  readonly #groups = new Map<Remark["kind"], { count: number; readonly texts: string[] }>();

  add({ kind, text }: Remark): void {
    const group = this.#groups.get(kind) ?? { count: 0, texts: [] };
    group.count += 1;
    if (group.texts.length < MOST) group.texts.push(text);
    this.#groups.set(kind, group);
  }

  groups(): readonly RemarkGroup[] {
    return [...this.#groups].map(([kind, group]) => ({ kind, ...group }));
  }
}
