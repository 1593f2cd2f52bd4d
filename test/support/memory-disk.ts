import { posix } from "node:path";
import type { Disk, DiskEntry, ReadFile } from "../../src/fs/disk.ts";

/** A link to a path, or a file with a size and no content. */
type Special = { readonly link: string } | { readonly size: number };
export type Files = Readonly<Record<string, string | Uint8Array | Special>>;

/** Returns a disk with these files. Paths are relative to `/`. */
export function memoryDisk(files: Files): Disk {
  const filesByPath = new Map(Object.entries(files).map(([path, file]) => [posix.resolve("/", path), file]));
  const isDirectory = (path: string) => [...filesByPath.keys()].some((other) => other.startsWith(`${path}/`));
  return {
    list(directory) {
      const parent = posix.resolve("/", directory);
      const names = new Set(
        [...filesByPath.keys()]
          .filter((path) => path.startsWith(`${parent}/`))
          .map((path) => path.slice(parent.length + 1).split("/")[0] ?? ""),
      );
      if (names.size === 0) return { kind: "missing" };
      const entries = [...names].map((name) => ({ name, kind: kindOf(filesByPath.get(`${parent}/${name}`)) }));
      return { kind: "entries", entries };
    },
    read(path, { limit }): ReadFile {
      const resolvedPath = posix.resolve("/", path);
      const file = filesByPath.get(resolvedPath);
      if (file === undefined) return { kind: isDirectory(resolvedPath) ? "not-a-file" : "missing" };
      return readEntry(file, limit);
    },
    realPath(path) {
      const resolvedPath = posix.resolve("/", path);
      const file = filesByPath.get(resolvedPath);
      if (file !== undefined && typeof file !== "string" && "link" in file) return posix.resolve("/", file.link);
      return file === undefined && !isDirectory(resolvedPath) ? undefined : resolvedPath;
    },
  };
}

function readEntry(file: string | Uint8Array | Special, limit: number): ReadFile {
  if (typeof file === "string") return { kind: "bytes", bytes: Buffer.from(file) };
  if (file instanceof Uint8Array) return { kind: "bytes", bytes: file };
  return "size" in file && file.size > limit ? { kind: "too-large", size: file.size } : { kind: "not-a-file" };
}

function kindOf(file: Files[string] | undefined): DiskEntry["kind"] {
  if (file === undefined) return "directory";
  return typeof file === "object" && "link" in file ? "link" : "file";
}

/** A picture of one pixel in each format. */
export const PICTURES = {
  png: fromBase64("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVQImWMwTpsJAAICATMDms/iAAAAAElFTkSuQmCC"),
  jpeg: fromBase64(
    [
      "/9j/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8tMC0oMCUoKSj/2wBDAQcHBwoIChMK",
      "ChMoGhYaKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCj/wAARCAABAAEDASIAAhEBAxEB/8QAFQAB",
      "AQAAAAAAAAAAAAAAAAAAAAb/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAABv/EABQRAQAAAAAAAAAAAAAAAAAAAAD/",
      "2gAMAwEAAhEDEQA/AJAAnHX/2Q==",
    ].join(""),
  ),
  gif: fromBase64("R0lGODlhAQABAIAAAExpcTNmmSH5BAUAAAAALAAAAAABAAEAAAICTAEAOw=="),
  webp: fromBase64("UklGRjgAAABXRUJQVlA4ICwAAADwAQCdASoBAAEAAUAmJaACdLoB+AAETAAA/u+9V/43bjDfgu/33oDeBgAAAA=="),
} as const;

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "base64"));
}
