/** Sides of the grid on which two pictures are compared. Coarse enough to look through re-encoding and rescaling. */
const GRID = 16;
/** Mean difference of a channel, of 255. Recompression stays below 4; another picture is far above. */
const TOLERANCE = 8;
/** Difference of the worst spot, of 255. Recompression stays below 50; a badge in a corner is far above. */
const SPOT_TOLERANCE = 64;
/** Whoever re-encodes a picture with transparent parts puts it on one of these. */
const BACKGROUNDS = ["#ffffff", "#000000"];
/** Decoding is the one place where a small file can ask for a lot of memory. */
const MAX_PIXELS = 50_000_000;

/** Whether people would say that these are the same picture. Front may re-encode what it is given. */
export async function looksAlike(one: Uint8Array, other: Uint8Array): Promise<boolean> {
  if (Buffer.from(one).equals(other)) return true;
  for (const background of BACKGROUNDS) {
    const [a, b] = await Promise.all([thumbnail(one, background), thumbnail(other, background)]);
    if (a === undefined || b === undefined) return false;
    if (isNear(a, b)) return true;
  }
  return false;
}

function isNear(a: Uint8Array, b: Uint8Array): boolean {
  const differences = [...a].map((value, index) => Math.abs(value - (b[index] ?? 0)));
  const total = differences.reduce((sum, difference) => sum + difference, 0);
  return total / a.length <= TOLERANCE && Math.max(...differences) <= SPOT_TOLERANCE;
}

/** Upright, at a fixed size; undefined for what cannot be decoded. */
async function thumbnail(picture: Uint8Array, background: string): Promise<Uint8Array | undefined> {
  // Most runs have no picture to compare, and loading this takes longer than the rest of the program.
  const { default: sharp } = await import("sharp");
  try {
    return await sharp(picture, { limitInputPixels: MAX_PIXELS, failOn: "none" })
      .rotate()
      .flatten({ background })
      .resize(GRID, GRID, { fit: "fill" })
      .toColourspace("srgb")
      .removeAlpha()
      .raw()
      .toBuffer();
  } catch {
    return undefined;
  }
}
