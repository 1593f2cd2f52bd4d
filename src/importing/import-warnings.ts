import type { ImportWarning } from "./to-entry.ts";

/** As many of a kind as anybody reads. */
const MOST = 20;

export interface ImportWarningGroup {
  readonly kind: ImportWarning["kind"];
  readonly count: number;
  /** The first ones. */
  readonly texts: readonly string[];
}

/** Counts remarks by kind, and keeps the first of each: a large company may give rise to as many as it has contacts. */
export class ImportWarnings {
  readonly #groups = new Map<ImportWarning["kind"], { count: number; readonly texts: string[] }>();

  add({ kind, text }: ImportWarning): void {
    const group = this.#groups.get(kind) ?? { count: 0, texts: [] };
    group.count += 1;
    if (group.texts.length < MOST) group.texts.push(text);
    this.#groups.set(kind, group);
  }

  groups(): readonly ImportWarningGroup[] {
    return [...this.#groups].map(([kind, group]) => ({ kind, ...group }));
  }
}
