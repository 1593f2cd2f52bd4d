import { expect, test } from "@jest/globals";
import fc from "fast-check";
import sharp from "sharp";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import { hasGpsPosition, sizeOfPicture } from "../../src/images/picture-header.ts";
import { forAll } from "../support/for-all.ts";
import { memoryDisk, PICTURES } from "../support/memory-disk.ts";

const solid = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 4, background: "#336699" } });

const ENCODED = [
  ["a PNG", "image/png", (width, height) => solid(width, height).png().toBuffer()],
  ["a GIF", "image/gif", (width, height) => solid(width, height).gif().toBuffer()],
  ["a JPEG", "image/jpeg", (width, height) => solid(width, height).jpeg().toBuffer()],
  ["a progressive JPEG", "image/jpeg", (width, height) => solid(width, height).jpeg({ progressive: true }).toBuffer()],
  ["a WebP picture", "image/webp", (width, height) => solid(width, height).webp().toBuffer()],
  ["an opaque WebP picture", "image/webp", (width, height) => solid(width, height).removeAlpha().webp().toBuffer()],
  [
    "a lossless WebP picture",
    "image/webp",
    (width, height) => solid(width, height).webp({ lossless: true }).toBuffer(),
  ],
] as const satisfies readonly (readonly [string, string, (width: number, height: number) => Promise<Buffer>])[];

test.each(ENCODED)("the width and height of %s are read from its header", async (_, type, encode) => {
  for (const [width, height] of [
    [1, 1],
    [17, 300],
    [1025, 3],
  ] as const) {
    expect(sizeOfPicture(await encode(width, height), type)).toEqual({ width, height });
  }
});

test("reading the header of any bytes does not throw", () => {
  forAll([fc.constantFrom(...ENCODED), fc.uint8Array({ maxLength: 64 })], {}, ([, type], bytes) => {
    sizeOfPicture(bytes, type);
    hasGpsPosition(bytes);
  });
});

test.each(Object.entries(PICTURES))("a truncated %s has no size", (name, bytes) => {
  expect(sizeOfPicture(bytes.subarray(0, 8), `image/${name}` as "image/png")).toBeUndefined();
});

const withPosition = () =>
  solid(8, 8)
    .jpeg()
    .withExif({ IFD3: { GPSLatitudeRef: "N", GPSLatitude: "51/1 30/1 0/1" } })
    .toBuffer();
const withoutPosition = () =>
  solid(8, 8)
    .jpeg()
    .withExif({ IFD0: { Copyright: "Nobody" } })
    .toBuffer();

test("a GPS position in a picture is detected", async () => {
  expect(hasGpsPosition(await withPosition())).toBe(true);
  expect(hasGpsPosition(await withoutPosition())).toBe(false);
  expect(hasGpsPosition(await solid(8, 8).jpeg().toBuffer())).toBe(false);
});

async function diagnosticsOf(picture: Uint8Array, name = "a.png") {
  const yaml = `contacts: { a: { avatar: ${name}, handles: [{ source: custom, handle: a }] } }\n`;
  const { desired, diagnostics } = await loadDesired("contacts", {
    disk: memoryDisk({ "contacts/a.yaml": yaml, [`contacts/${name}`]: picture }),
  });
  return {
    codes: diagnostics.map(({ severity, code }) => `${severity} ${code}`),
    avatar: desired?.contacts[0]?.avatar,
  };
}

test.each([
  [4096, 1, []],
  [1, 4096, []],
  [4097, 1, ["error avatar-too-many-pixels"]],
  [1, 4097, ["error avatar-too-many-pixels"]],
])("each side of a picture may have up to 4096 pixels: %i x %i", async (width, height, codes) => {
  expect((await diagnosticsOf(await solid(width, height).png().toBuffer())).codes).toEqual(codes);
});

test("a picture whose header specifies too many pixels is rejected", async () => {
  const header = Buffer.from(await solid(1, 1).png().toBuffer());
  header.writeUInt32BE(1_000_000, 16);
  header.writeUInt32BE(1_000_000, 20);
  expect((await diagnosticsOf(header)).codes).toEqual(["error avatar-too-many-pixels"]);
});

test("a picture with a GPS position is accepted with a warning", async () => {
  const { codes, avatar } = await diagnosticsOf(await withPosition(), "a.jpg");
  expect([codes, avatar?.type]).toEqual([["warning avatar-position"], "image/jpeg"]);
});
