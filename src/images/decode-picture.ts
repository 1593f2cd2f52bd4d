/** Maximum number of pixels to decode. Even a small file can need a lot of memory. */
const MAX_PIXELS = 50_000_000;

/**
 * Returns whether a picture can be decoded completely. If an animation has too many pixels, only its first frame is
 * decoded.
 */
export async function isDecodable(picture: Uint8Array): Promise<boolean> {
  try {
    const sharp = await loadSharp();
    const { width, height, pages = 1 } = await sharp(picture, { limitInputPixels: MAX_PIXELS }).metadata();
    const frames = width * height * pages <= MAX_PIXELS ? pages : 1;
    // `checkDimensions` limits one frame to 4096 pixels per side.
    await sharp(picture, { limitInputPixels: MAX_PIXELS, failOn: "error", pages: frames, sequentialRead: true })
      .raw()
      .toBuffer();
    return true;
  } catch {
    return false;
  }
}

/** Loads sharp on first use, because loading it is slow and most runs do not need it. */
async function loadSharp() {
  return (await import("sharp")).default;
}

/** Maximum length of the longer side of a thumbnail, in pixels. */
const THUMBNAIL_SIDE = 96;

/**
 * Returns the picture as a JPEG, scaled down to a thumbnail if `mode` is `resized`; undefined if the picture cannot be
 * decoded. HTML pages show the result as a thumbnail, and the emulator uses it to simulate how Front may store
 * pictures.
 */
export async function reencodePicture(
  picture: Uint8Array,
  mode: "reencoded" | "resized",
): Promise<{ readonly type: string; readonly bytes: Uint8Array } | undefined> {
  try {
    const sharp = await loadSharp();
    const upright = sharp(picture, { limitInputPixels: MAX_PIXELS }).rotate().flatten({ background: "#ffffff" });
    const size = { width: THUMBNAIL_SIDE, height: THUMBNAIL_SIDE, fit: "inside", withoutEnlargement: true } as const;
    const scaled = mode === "resized" ? upright.resize(size) : upright;
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

interface PixelOptions {
  /** The fill color for transparent parts. */
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
