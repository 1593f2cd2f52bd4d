const REASONS = {
  "not-a-file": "not a regular file",
  "not-a-directory": "not a directory",
  "in-use": "in use by another process",
  "write-protected": "write-protected",
} as const;

/** A file that the tool refuses to use, although the system would allow it. */
export class FileError extends Error {
  readonly code: keyof typeof REASONS;

  constructor(code: keyof typeof REASONS) {
    super(REASONS[code]);
    this.code = code;
  }
}

/** Returns why a file could not be used: a short phrase, or the system's code, such as `EACCES`. */
export function reasonOf(error: unknown): string {
  if (error instanceof FileError) return error.message;
  return (error as NodeJS.ErrnoException).code ?? "unknown reason";
}
