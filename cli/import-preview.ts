import { createDiskWriter, type DiskWriter, escapeText } from "../src/internal.ts";
import type { Session } from "./session.ts";
import { renderNewFile } from "./views/import.ts";
import { groupDigits } from "./views/text.ts";

const SAMPLE_LINES = 60;

/** Prints the files that an import would write, completely or as a sample of the first entries. */
export class ImportPreview {
  /** Prints new files instead of writing them. The caller prints the changes to existing files. */
  readonly writer: DiskWriter;
  readonly #session: Session;
  #linesLeft: number;
  #omitted = 0;

  constructor(session: Session, { full }: { readonly full: boolean }) {
    this.#session = session;
    this.#linesLeft = full ? Number.POSITIVE_INFINITY : SAMPLE_LINES;
    const disk = createDiskWriter(session.cwd);
    const previewedPaths = new Set<string>();
    const create = (path: string, content: string | Uint8Array) => {
      previewedPaths.add(path);
      if (typeof content === "string") this.print(renderNewFile(path, content));
      else if (this.#linesLeft > 0) session.err(`${escapeText(path)}: ${content.length} bytes\n`);
    };
    const exists = (path: string) => previewedPaths.has(path) || disk.exists(path);
    this.writer = {
      exists,
      create,
      async createAll(files) {
        const existing = [...files.keys()].filter(exists);
        for (const [path, text] of files) if (!existing.includes(path)) create(path, text);
        return existing;
      },
      finish: () => undefined,
      replace: (path) => void previewedPaths.add(path),
      replaceBytes: (path) => void previewedPaths.add(path),
    };
  }

  /** Prints a file or a diff. A sample ends with the last entry that fits completely, if there is one. */
  print(text: string): void {
    const lines = text.split("\n");
    if (text.endsWith("\n")) lines.pop();
    if (lines.length <= this.#linesLeft) {
      this.#linesLeft -= lines.length;
      this.#session.out(text);
      return;
    }
    const fittingLines = lines.slice(0, this.#linesLeft);
    const end = fittingLines.lastIndexOf("");
    const shownLines = end > 0 ? fittingLines.slice(0, end) : fittingLines;
    this.#linesLeft = 0;
    this.#omitted += lines.length - shownLines.length;
    this.#session.out(shownLines.map((line) => `${line}\n`).join(""));
  }

  end(): void {
    if (this.#omitted === 0) return;
    const lines = this.#omitted === 1 ? "1 more line" : `${groupDigits(this.#omitted)} more lines`;
    this.#session.err(`This is a sample; --dry-run=full prints ${lines}.\n`);
  }
}
