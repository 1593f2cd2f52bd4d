import { expect, test } from "@jest/globals";
import sharp, { type Sharp } from "sharp";
import { looksAlike } from "../../src/desired/likeness.ts";
import { portrait } from "../support/pictures.ts";

type Redraw = (picture: Sharp) => Sharp;

const recoded: [string, Redraw][] = [
  ["as PNG", (picture) => picture.png({ compressionLevel: 9 })],
  ["as JPEG", (picture) => picture.jpeg({ quality: 80 })],
  ["as a coarse JPEG", (picture) => picture.jpeg({ quality: 30 })],
  ["as WebP", (picture) => picture.webp({ quality: 60 })],
  ["at half the size", (picture) => picture.resize(128, 128).png()],
  ["as a thumbnail in JPEG", (picture) => picture.resize(48, 48).jpeg({ quality: 70 })],
  ["larger", (picture) => picture.resize(640, 640, { kernel: "nearest" }).png()],
  ["without an alpha channel", (picture) => picture.flatten({ background: "#ffffff" }).png()],
  ["with few colours", (picture) => picture.png({ palette: true, colours: 64 })],
];

test.each(recoded)("a picture stays the same %s", async (_, redraw) => {
  for (const seed of [1, 2, 3]) {
    const original = await portrait(seed).png().toBuffer();
    expect(await looksAlike(original, await redraw(sharp(original)).toBuffer())).toBe(true);
  }
});

test("a picture stays the same when it is turned by a note in the file or in fact", async () => {
  const upright = await portrait(4).jpeg().toBuffer();
  const noted = await sharp(upright).rotate(-90).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  expect(await looksAlike(upright, noted)).toBe(true);
});

test("a grey picture stays the same whether it is stored in grey or in colour", async () => {
  const grey = await portrait(5).greyscale().toColourspace("b-w").png().toBuffer();
  const coloured = await sharp(grey).toColourspace("srgb").jpeg({ quality: 80 }).toBuffer();
  expect(await looksAlike(grey, coloured)).toBe(true);
  expect(await looksAlike(grey, await portrait(6).png().toBuffer())).toBe(false);
});

const different: [string, Redraw][] = [
  ["turned", (picture) => picture.rotate(90)],
  ["mirrored", (picture) => picture.flop()],
  ["in other colours", (picture) => picture.negate({ alpha: false })],
  ["in grey", (picture) => picture.greyscale()],
  ["with a badge in its corner", (picture) => picture.composite([{ input: badge(), left: 190, top: 190 }])],
];

test.each(different)("a picture is another one %s", async (_, redraw) => {
  for (const seed of [1, 2, 3]) {
    const original = await portrait(seed).png().toBuffer();
    expect(await looksAlike(original, await redraw(sharp(original)).png().toBuffer())).toBe(false);
  }
});

function badge(): Buffer {
  return Buffer.from('<svg width="48" height="48"><circle cx="24" cy="24" r="24" fill="#f0f"/></svg>');
}

test("other people have other pictures", async () => {
  const pictures = await Promise.all([1, 2, 3, 4, 5, 6].map((seed) => portrait(seed).png().toBuffer()));
  for (const [index, one] of pictures.entries()) {
    for (const other of pictures.slice(index + 1)) expect(await looksAlike(one, other)).toBe(false);
  }
});

test.each([
  ["what cannot be decoded", Buffer.from("<html>no picture</html>")],
  ["nothing at all", Buffer.alloc(0)],
])("a picture is another one than %s", async (_, broken) => {
  const picture = await portrait(1).png().toBuffer();
  expect(await looksAlike(picture, broken)).toBe(false);
  expect(await looksAlike(broken, picture)).toBe(false);
  expect(await looksAlike(broken, Buffer.from(broken))).toBe(true);
});

test("a file that asks for a lot of memory is not decoded", async () => {
  const black = (side: number) =>
    Buffer.from(`<svg width="${side}" height="${side}"><rect width="100%" height="100%"/></svg>`);
  expect(await looksAlike(black(9), black(900))).toBe(true);
  expect(await looksAlike(black(9), black(8000))).toBe(false);
});
