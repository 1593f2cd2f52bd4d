import { type Pixels, readPixels } from "./decode-picture.ts";

/**
 * Side of the blocks whose mean color is compared, in pixels. It is large enough to average out JPEG artifacts at
 * edges.
 */
const BLOCK = 4;
/**
 * Maximum difference of a block, out of 255, for a copy of the same size. Re-encoding results in less than 41, and an
 * edited letter in more than 94.
 */
const SAME_SIZE_TOLERANCE = 45;
/** Maximum difference of a block, out of 255, for a copy of a different size. Scaling also averages out small edits. */
const RESIZED_TOLERANCE = 24;
/**
 * Maximum difference of the mean colors, out of 255. Re-encoding results in less than 2, and a slightly different
 * background in more than 7.
 */
const COLOR_TOLERANCE = 4;
/**
 * Minimum length of the shorter side of a copy of a different size, in pixels. In smaller copies, small edits are not
 * visible.
 */
const MIN_RESIZED_SIDE = 128;
/** The colors with which encoders replace a transparent background. */
const BACKGROUNDS = ["#ffffff", "#000000"];

/**
 * Returns whether one picture is a re-encoded or smaller copy of the other. Unclear cases are treated as different: an
 * apply then uploads the picture again, and the new URL is cached. The limits are based on the measurements in
 * `test/images/picture-similarity.test.ts`.
 */
export async function picturesMatch(one: Uint8Array, other: Uint8Array): Promise<boolean> {
  if (Buffer.from(one).equals(other)) return true;
  for (const background of BACKGROUNDS) {
    if (await isCopy(one, other, background)) return true;
  }
  return false;
}

async function isCopy(one: Uint8Array, other: Uint8Array, background: string): Promise<boolean> {
  const [a, b] = [await readPixels(one, { background }), await readPixels(other, { background })];
  if (a === undefined || b === undefined) return false;
  if (a.width === b.width && a.height === b.height) return isNear(a, b, SAME_SIZE_TOLERANCE);
  const [larger, smaller] = a.width * a.height > b.width * b.height ? [one, b] : [other, a];
  if (!hasSameAspectRatio(a, b) || Math.min(smaller.width, smaller.height) < MIN_RESIZED_SIDE) return false;
  const scaled = await readPixels(larger, { background, size: smaller });
  return scaled !== undefined && isNear(scaled, smaller, RESIZED_TOLERANCE);
}

/** Returns whether the aspect ratios are equal, except for the rounding of each side to a whole pixel. */
function hasSameAspectRatio(a: Pixels, b: Pixels): boolean {
  return Math.abs(a.width * b.height - b.width * a.height) <= Math.max(a.width, a.height, b.width, b.height);
}

function isNear(a: Pixels, b: Pixels, tolerance: number): boolean {
  return colorDifference(a, b) <= COLOR_TOLERANCE && largestDifference(a, b) <= tolerance;
}

/** Returns the difference between the mean colors of two pictures of the same size. */
export function colorDifference(a: Pixels, b: Pixels): number {
  return areaDifference(a, b, { left: 0, top: 0, right: a.width, bottom: a.height });
}

/** Returns the difference between the mean colors of the block that differs most. */
export function largestDifference(a: Pixels, b: Pixels): number {
  let largest = 0;
  // Blocks overlap by half, so that an edit on the edge of a block is in the middle of the next block.
  for (let y = 0; y === 0 || y + BLOCK <= a.height; y += BLOCK / 2) {
    for (let x = 0; x === 0 || x + BLOCK <= a.width; x += BLOCK / 2) {
      const block = { left: x, top: y, right: Math.min(x + BLOCK, a.width), bottom: Math.min(y + BLOCK, a.height) };
      largest = Math.max(largest, areaDifference(a, b, block));
    }
  }
  return largest;
}

interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Returns the difference between the mean colors of an area, in the color channel that differs most. */
function areaDifference({ data: a, width }: Pixels, { data: b }: Pixels, { left, top, right, bottom }: Area): number {
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let y = top; y < bottom; y += 1) {
    const end = (y * width + right) * 3;
    for (let index = (y * width + left) * 3; index < end; index += 3) {
      red += (a[index] ?? 0) - (b[index] ?? 0);
      green += (a[index + 1] ?? 0) - (b[index + 1] ?? 0);
      blue += (a[index + 2] ?? 0) - (b[index + 2] ?? 0);
    }
  }
  return Math.max(Math.abs(red), Math.abs(green), Math.abs(blue)) / ((right - left) * (bottom - top));
}
