import { expect, test } from "@jest/globals";
import sharp, { type Sharp } from "sharp";
import { readPixels } from "../../src/images/decode-picture.ts";
import { colorDifference, largestDifference, picturesMatch } from "../../src/images/picture-similarity.ts";
import { sample } from "../scale.ts";
import { portrait } from "../support/portrait.ts";

type Transform = (picture: Sharp) => Sharp;

/** The SVG path of each letter. Fonts are not used, because they may not be installed. */
const LETTERS = {
  B: "M0 0 v60 M0 3 h22 q14 12 0 26 h-22 M22 29 q16 14 0 28 h-22",
  R: "M0 0 v60 M0 3 h22 q14 12 0 26 h-22 M16 29 l16 31",
  O: "M17 3 a17 27 0 1 0 1 0",
  Q: "M17 3 a17 27 0 1 0 1 0 M20 40 l14 18",
};
type Letter = keyof typeof LETTERS;

interface Logo {
  readonly letter: Letter;
  /** At scale 1, the letter is about a quarter as high as the logo. */
  readonly scale?: number;
  readonly background?: string;
  readonly extraSvg?: string;
}

function logo({ letter, scale = 2, background = "#1a73e8", extraSvg = "" }: Logo): Sharp {
  const path = `<path d="${LETTERS[letter]}" transform="translate(90 70) scale(${scale})"/>`;
  return sharp(
    Buffer.from(`<svg width="256" height="256"><rect width="256" height="256" fill="${background}"/>
      <g stroke="#fff" stroke-width="9" fill="none">${path}</g>${extraSvg}</svg>`),
  );
}

/**
 * Returns pseudorandom bytes, which are the same in every run. Each is derived from the sum of four numbers, so most are
 * near 128.
 */
function grainOf(size: number): Buffer {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const sum = () => next() + next() + next() + next();
  return Buffer.from(Uint8ClampedArray.from({ length: size }, () => 128 + (sum() - 2) * 70));
}

/** Returns a picture with fine grain, like a photo. */
async function photo(): Promise<Buffer> {
  const grain = await sharp(grainOf(256 * 256 * 3), { raw: { width: 256, height: 256, channels: 3 } })
    .blur(1.2)
    .png()
    .toBuffer();
  return await portrait(3)
    .composite([{ input: grain, blend: "soft-light" }])
    .png()
    .toBuffer();
}

async function measure(original: Uint8Array, copy: Uint8Array): Promise<{ largest: number; color: number }> {
  const background = "#ffffff";
  const copyPixels = await readPixels(copy, { background });
  const originalPixels = copyPixels && (await readPixels(original, { background, size: copyPixels }));
  if (copyPixels === undefined || originalPixels === undefined) throw new Error("a test picture cannot be decoded");
  return {
    color: colorDifference(originalPixels, copyPixels),
    largest: largestDifference(originalPixels, copyPixels),
  };
}

/**
 * Transformations of a logo, a logo with a small letter, and a photo with grain into copies that match. `largest` is the
 * maximum change of a block, out of 255. The tolerances of the implementation are between these changes and the changes
 * in `EDITS`.
 */
const COPIES: readonly (readonly [description: string, transform: Transform, largest: number])[] = [
  ["PNG", (picture) => picture.png({ compressionLevel: 9 }), 1],
  ["PNG with 64 colors", (picture) => picture.png({ palette: true, colours: 64 }), 20],
  ["JPEG, quality 95", (picture) => picture.jpeg({ quality: 95 }), 25],
  ["JPEG, quality 80", (picture) => picture.jpeg({ quality: 80 }), 35],
  ["JPEG, quality 70", (picture) => picture.jpeg({ quality: 70 }), 40],
  ["WebP, quality 80", (picture) => picture.webp({ quality: 80 }), 35],
  ["WebP, quality 60", (picture) => picture.webp({ quality: 60 }), 40],
  ["half the size, PNG", (picture) => picture.resize(128).png(), 5],
  ["half the size, another filter", (picture) => picture.resize(128, 128, { kernel: "cubic" }).png(), 10],
  ["half the size, JPEG, quality 90", (picture) => picture.resize(128).jpeg({ quality: 90 }), 24],
];

const LOGOS = [logo({ letter: "B" }), logo({ letter: "B", scale: 0.6 })];
const ORIGINALS = await Promise.all([...LOGOS.map((picture) => picture.png().toBuffer()), photo()]);

test.each(COPIES)("a picture matches its copy: %s", async (_, transform, limit) => {
  for (const original of ORIGINALS) {
    const copy = await transform(sharp(original)).toBuffer();
    expect((await measure(original, copy)).largest).toBeLessThanOrEqual(limit);
    expect(await picturesMatch(original, copy)).toBe(true);
  }
});

/** Small edits, with the minimum change of the most different block at full size and at half the size. */
const EDITS: readonly (readonly [description: string, before: Logo, after: Logo, full: number, half: number])[] = [
  ["B becomes R", { letter: "B" }, { letter: "R" }, 150, 100],
  ["a small B becomes R", { letter: "B", scale: 0.6 }, { letter: "R", scale: 0.6 }, 95, 40],
  ["O becomes Q", { letter: "O" }, { letter: "Q" }, 150, 100],
  [
    "a dot of 6 pixels",
    { letter: "B" },
    { letter: "B", extraSvg: '<circle cx="40" cy="40" r="3" fill="#c00"/>' },
    95,
    40,
  ],
];

test.each(EDITS)("a picture differs from an edited copy: %s", async (_, before, after, full, half) => {
  const original = await logo(before).png().toBuffer();
  const edited = await logo(after).png().toBuffer();
  const encodings: [Transform, number][] = [
    [(picture) => picture.png(), full],
    [(picture) => picture.jpeg({ quality: 80 }), full],
    [(picture) => picture.webp({ quality: 80 }), full],
    [(picture) => picture.resize(128).jpeg({ quality: 80 }), half],
  ];
  for (const [transform, minimum] of encodings) {
    const copy = await transform(sharp(edited)).toBuffer();
    expect((await measure(original, copy)).largest).toBeGreaterThanOrEqual(minimum);
    expect(await picturesMatch(original, copy)).toBe(false);
  }
});

test("a picture differs from a copy with a slightly different background color", async () => {
  const original = await logo({ letter: "B" }).png().toBuffer();
  const edited = await logo({ letter: "B", background: "#2a7be8" }).jpeg({ quality: 80 }).toBuffer();
  expect((await measure(original, edited)).color).toBeGreaterThan(7);
  expect(await picturesMatch(original, edited)).toBe(false);
});

test.each<[string, Transform]>([
  ["a thumbnail, in which small edits cannot be seen", (picture) => picture.resize(64).png()],
  ["a cropped copy", (picture) => picture.extract({ left: 0, top: 0, width: 256, height: 200 }).png()],
  ["a stretched copy", (picture) => picture.resize(256, 200, { fit: "fill" }).png()],
])("a picture differs from %s", async (_, transform) => {
  const original = await logo({ letter: "B" }).png().toBuffer();
  expect(await picturesMatch(original, await transform(sharp(original)).toBuffer())).toBe(false);
});

test("a picture with transparent parts matches a copy on white and a copy on black", async () => {
  const original = await portrait(2).png().toBuffer();
  for (const background of ["#ffffff", "#000000"]) {
    expect(await picturesMatch(original, await sharp(original).flatten({ background }).jpeg().toBuffer())).toBe(true);
  }
});

test("a picture matches a copy whose pixels are rotated and whose metadata reverses the rotation", async () => {
  const upright = await portrait(4).jpeg().toBuffer();
  const rotatedByMetadata = await sharp(upright).rotate(-90).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  expect(await picturesMatch(upright, rotatedByMetadata)).toBe(true);
});

test("a gray picture matches a copy that is encoded in color", async () => {
  const gray = await portrait(5).greyscale().toColourspace("b-w").png().toBuffer();
  const colored = await sharp(gray).toColourspace("srgb").jpeg({ quality: 80 }).toBuffer();
  expect(await picturesMatch(gray, colored)).toBe(true);
  expect(await picturesMatch(gray, await portrait(6).png().toBuffer())).toBe(false);
});

const DIFFERENT_COPIES: [string, Transform][] = [
  ["that is rotated", (picture) => picture.rotate(90)],
  ["that is mirrored", (picture) => picture.flop()],
  ["with inverted colors", (picture) => picture.negate({ alpha: false })],
  ["in gray", (picture) => picture.greyscale()],
  ["with a badge in its corner", (picture) => picture.composite([{ input: badge(), left: 190, top: 190 }])],
];

test.each(DIFFERENT_COPIES)("a picture differs from a copy %s", async (_, transform) => {
  for (const seed of sample([1, 2, 3], 3)) {
    const original = await portrait(seed).png().toBuffer();
    expect(await picturesMatch(original, await transform(sharp(original)).png().toBuffer())).toBe(false);
  }
});

function badge(): Buffer {
  return Buffer.from('<svg width="48" height="48"><circle cx="24" cy="24" r="24" fill="#f0f"/></svg>');
}

test("pictures of different people differ", async () => {
  const pictures = await Promise.all(sample([1, 2, 3, 4, 5, 6], 2).map((seed) => portrait(seed).png().toBuffer()));
  for (const [index, picture] of pictures.entries()) {
    for (const other of pictures.slice(index + 1)) expect(await picturesMatch(picture, other)).toBe(false);
  }
});

const UNDECODABLE: [string, Buffer][] = [
  ["a file that cannot be decoded", Buffer.from("<html>no picture</html>")],
  ["an empty file", Buffer.alloc(0)],
];

test.each(UNDECODABLE)("a picture differs from %s", async (_, broken) => {
  const picture = await portrait(1).png().toBuffer();
  expect(await picturesMatch(picture, broken)).toBe(false);
  expect(await picturesMatch(broken, picture)).toBe(false);
});

test.each(UNDECODABLE)("%s matches an identical file", async (_, broken) => {
  expect(await picturesMatch(broken, Buffer.from(broken))).toBe(true);
});

test("a picture that requires too much memory is not decoded and does not match", async () => {
  const black = (side: number) =>
    Buffer.from(`<svg width="${side}" height="${side}"><rect width="100%" height="100%"/></svg>`);
  expect(await picturesMatch(black(200), black(900))).toBe(true);
  expect(await picturesMatch(black(200), black(8000))).toBe(false);
});
