import { hash } from "node:crypto";
import { createDisk, type Disk } from "../fs/disk.ts";
import type { Picture, PictureType } from "../model/contact.ts";
import { LIMITS } from "../model/limits.ts";
import { UserError } from "../model/user-error.ts";

/** The first bytes of pictures. Undefined matches any byte. */
const MAGIC: readonly (readonly [type: PictureType, bytes: readonly (number | undefined)[]])[] = [
  ["image/png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["image/jpeg", [0xff, 0xd8, 0xff]],
  ["image/gif", [...ascii("GIF87a")]],
  ["image/gif", [...ascii("GIF89a")]],
  ["image/webp", [...ascii("RIFF"), undefined, undefined, undefined, undefined, ...ascii("WEBP")]],
];

/** File name extensions, the most common first. */
export const EXTENSIONS: Readonly<Record<PictureType, readonly string[]>> = {
  "image/png": [".png"],
  "image/jpeg": [".jpg", ".jpeg"],
  "image/gif": [".gif"],
  "image/webp": [".webp"],
};

function ascii(text: string): number[] {
  return [...text].map((character) => character.charCodeAt(0));
}

export function detectPictureType(bytes: Uint8Array): PictureType | undefined {
  return MAGIC.find(([, magic]) => magic.every((byte, index) => byte === undefined || byte === bytes[index]))?.[0];
}

export function isSvg(bytes: Uint8Array): boolean {
  return /<svg[\s>]/i.test(new TextDecoder().decode(bytes.subarray(0, 4096)));
}

export function sha256Of(bytes: Uint8Array): string {
  return hash("sha256", bytes);
}

/**
 * Returns the bytes of a picture file. Throws a `UserError` with the code `picture-changed` if the file changed after its
 * hash was computed, does not exist or cannot be read.
 */
export async function readPicture(
  { path, sha256 }: Picture,
  { cwd, disk = createDisk(cwd) }: { readonly cwd?: string | undefined; readonly disk?: Disk } = {},
): Promise<Uint8Array> {
  const realPath = disk.realPath(path);
  const file = realPath === undefined ? undefined : disk.read(realPath, { limit: LIMITS.pictureBytes });
  if (file?.kind !== "bytes") {
    const advice = "A saved plan does not contain pictures. Restore the file at this path, then run the command again.";
    throw new UserError("picture-changed", `The picture "${path}" does not exist or cannot be read`, { advice });
  }
  if (sha256Of(file.bytes) !== sha256) {
    const advice = "Run the command again. If you applied a saved plan, create and review a new one.";
    throw new UserError("picture-changed", `The picture "${path}" changed after it was first read`, { advice });
  }
  return file.bytes;
}
