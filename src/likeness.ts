import sharp from "sharp";

/** Sides of the grid on which two pictures are compared. Coarse enough to look through re-encoding and rescaling. */
const GRID = 16;
/** Mean difference of a channel, of 255. Recompression stays below 4; another picture is far above. */
const TOLERANCE = 8;
/** Decoding is the one place where a small file can ask for a lot of memory. */
const MAX_PIXELS = 50_000_000;

/** Whether people would say that these are the same picture. Front may re-encode what it is given. */
export async function looksAlike(one: Uint8Array, other: Uint8Array): Promise<boolean> {
  if (Buffer.from(one).equals(other)) return true;
  const [a, b] = await Promise.all([thumbnail(one), thumbnail(other)]);
  if (a === undefined || b === undefined) return false;
  const total = a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] ?? 0)), 0);
  return total / a.length <= TOLERANCE;
}

/** Upright, on white, at a fixed size; undefined for what cannot be decoded. */
async function thumbnail(picture: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return await sharp(picture, { limitInputPixels: MAX_PIXELS, failOn: "none" })
      .rotate()
      .flatten({ background: "#ffffff" })
      .resize(GRID, GRID, { fit: "fill" })
      .toColourspace("srgb")
      .removeAlpha()
      .raw()
      .toBuffer();
  } catch {
    return undefined;
  }
}
