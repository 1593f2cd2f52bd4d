import type { ImportWarning } from "./entry.ts";

export interface ImportWarningGroup {
  readonly kind: ImportWarning["kind"];
  readonly count: number;
  /** The first texts, up to the maximum. */
  readonly texts: readonly string[];
}

/** The maximum number of texts to keep for each kind. There may be one for each contact of a large company. */
const MAX_WARNINGS = 20;

/** Counts warnings by kind. */
export class ImportWarnings {
  readonly #groups = new Map<ImportWarning["kind"], { count: number; readonly texts: string[] }>();

  add({ kind, text }: ImportWarning): void {
    const group = this.#groups.get(kind) ?? { count: 0, texts: [] };
    group.count += 1;
    if (group.texts.length < MAX_WARNINGS) group.texts.push(text);
    this.#groups.set(kind, group);
  }

  get groups(): readonly ImportWarningGroup[] {
    return [...this.#groups].map(([kind, group]) => ({ kind, ...group }));
  }
}
