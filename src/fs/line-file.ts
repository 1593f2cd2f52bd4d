import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { FileError } from "./disk.ts";

/** The range of a line in a file, in bytes, without the line break. */
export interface LineRange {
  readonly offset: number;
  readonly length: number;
}

const CHUNK = 256 * 1024;
const NEWLINE = 10;

/**
 * A file to which lines are appended. An incomplete last line, which a crash may leave, is removed when the lines are
 * read again. Methods throw the system's errors.
 */
export class LineFile {
  readonly #path: string;
  readonly #file: number;
  #size: number;

  /** Opens the file, or creates it with mode 0600. Throws if it is a symbolic link or not a regular file. */
  constructor(path: string) {
    const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;
    this.#path = path;
    this.#file = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    const status = fstatSync(this.#file);
    if (!status.isFile()) {
      closeSync(this.#file);
      throw new FileError("not-a-file");
    }
    this.#size = status.size;
  }

  /** Yields the complete lines in order, then removes an incomplete last line. */
  *lines(): Generator<{ readonly text: string; readonly range: LineRange }> {
    let pending = Buffer.alloc(0);
    let [offset, position] = [0, 0];
    for (;;) {
      const chunk = this.#readAt(position, Math.min(CHUNK, this.#size - position));
      if (chunk.length === 0) break;
      position += chunk.length;
      pending = Buffer.concat([pending, chunk]);
      for (let end = pending.indexOf(NEWLINE); end !== -1; end = pending.indexOf(NEWLINE)) {
        yield { text: pending.toString("utf8", 0, end), range: { offset, length: end } };
        offset += end + 1;
        pending = pending.subarray(end + 1);
      }
    }
    this.#truncate(offset);
  }

  read({ offset, length }: LineRange): string {
    return this.#readAt(offset, length).toString("utf8");
  }

  /** Appends a line. Throws a `FileError` if another process changed the size of the file. */
  append(line: string): LineRange {
    if (fstatSync(this.#file).size !== this.#size) throw new FileError("in-use");
    const bytes = Buffer.from(`${line}\n`);
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(this.#file, bytes, written, bytes.length - written, this.#size + written);
    }
    const range = { offset: this.#size, length: bytes.length - 1 };
    this.#size += bytes.length;
    return range;
  }

  clear(): void {
    this.#truncate(0);
  }

  close(): void {
    closeSync(this.#file);
  }

  remove(): void {
    this.close();
    rmSync(this.#path, { force: true });
  }

  #truncate(size: number): void {
    ftruncateSync(this.#file, size);
    this.#size = size;
  }

  #readAt(offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.max(0, length));
    let read = 0;
    for (let count = -1; count !== 0 && read < bytes.length; read += count) {
      count = readSync(this.#file, bytes, read, bytes.length - read, offset + read);
    }
    return bytes.subarray(0, read);
  }
}
