/** Decoding is where a small file can ask for a lot of memory. */
const MAX_PIXELS = 50_000_000;

/** Returns whether a picture can be decoded to its last pixel. Of an animation too long for that, the first frame counts. */
export async function isDecodable(picture: Uint8Array): Promise<boolean> {
  try {
    const sharp = await loadSharp();
    const { width, height, pages = 1 } = await sharp(picture, { limitInputPixels: MAX_PIXELS }).metadata();
    const frames = width * height * pages <= MAX_PIXELS ? pages : 1;
    // One frame is at most 4096 pixels square, which `checkSize` has made sure of.
    await sharp(picture, { limitInputPixels: MAX_PIXELS, failOn: "error", pages: frames, sequentialRead: true })
      .raw()
      .toBuffer();
    return true;
  } catch {
    return false;
  }
}

/** Most runs have no picture, and loading sharp takes longer than the rest of the program. */
async function loadSharp() {
  return (await import("sharp")).default;
}

/** Side of a picture that was made small: too small to see small edits in. */
const THUMBNAIL_SIDE = 96;

/**
 * Returns a picture as a service may keep it that redraws what is uploaded: as a JPEG of the same size, or as a small one.
 * Undefined if the picture cannot be decoded. The local Front emulator uses it.
 */
export async function redrawPicture(
  picture: Uint8Array,
  how: "reencoded" | "resized",
): Promise<{ readonly type: string; readonly bytes: Uint8Array } | undefined> {
  try {
    const sharp = await loadSharp();
    const upright = sharp(picture, { limitInputPixels: MAX_PIXELS }).rotate().flatten({ background: "#ffffff" });
    const size = { width: THUMBNAIL_SIDE, height: THUMBNAIL_SIDE, fit: "inside", withoutEnlargement: true } as const;
    const scaled = how === "resized" ? upright.resize(size) : upright;
    return { type: "image/jpeg", bytes: await scaled.jpeg({ quality: 80 }).toBuffer() };
  } catch {
    return undefined;
  }
}

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue of each pixel, row by row. */
  readonly data: Uint8Array;
}

export interface PixelOptions {
  /** What transparent parts are put on. */
  readonly background: string;
  /** Scales the picture to exactly this size. */
  readonly size?: { readonly width: number; readonly height: number };
}

/** Returns the pixels of a picture, turned upright; undefined if it cannot be decoded. */
export async function readPixels(picture: Uint8Array, { background, size }: PixelOptions): Promise<Pixels | undefined> {
  try {
    const sharp = await loadSharp();
    const upright = sharp(picture, { limitInputPixels: MAX_PIXELS, failOn: "none" }).rotate().flatten({ background });
    const scaled = size === undefined ? upright : upright.resize(size.width, size.height, { fit: "fill" });
    const { data, info } = await scaled.toColourspace("srgb").removeAlpha().raw().toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data };
  } catch {
    return undefined;
  }
}
