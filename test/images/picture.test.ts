import { expect, test } from "@jest/globals";
import { detectPictureType, isSvg } from "../../src/images/picture.ts";
import { PICTURES } from "../support/memory-disk.ts";

test.each(Object.entries(PICTURES))("the type of a %s is detected from its first bytes", (name, bytes) => {
  expect(detectPictureType(bytes)).toBe(`image/${name}`);
});

test.each(["", "<html>", "GIF8", "RIFF1234WAVE", "\u0089PNG", "BM"])(
  "the bytes %p are not detected as a picture",
  (text) => {
    expect(detectPictureType(Buffer.from(text))).toBeUndefined();
  },
);

test("an SVG drawing is detected", () => {
  expect(isSvg(Buffer.from('<?xml version="1.0"?>\n<!-- x -->\n<svg xmlns="x">'))).toBe(true);
  expect(isSvg(Buffer.from("<html>"))).toBe(false);
});
