/** The pointer that git stores in place of a file in Git LFS. */
export interface LfsPointer {
  readonly sha256: string;
  /** The size of the file in bytes. */
  readonly size: number;
}

/** Maximum size of a pointer, in bytes. */
const MAX_POINTER = 1024;

const POINTER =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize (\d{1,15})\n?$/;

export function lfsPointerOf(bytes: Uint8Array): LfsPointer | undefined {
  if (bytes.length > MAX_POINTER) return undefined;
  const [, sha256, size] = POINTER.exec(new TextDecoder().decode(bytes)) ?? [];
  return sha256 === undefined ? undefined : { sha256, size: Number(size) };
}
