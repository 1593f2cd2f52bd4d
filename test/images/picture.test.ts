import { expect, test } from "@jest/globals";
import { detectPictureType, isSvg, sha256Of } from "../../src/images/picture.ts";
import { PICTURES } from "../support/memory-disk.ts";

test.each(Object.entries(PICTURES))("detects a %s by its first bytes", (name, bytes) => {
  expect(detectPictureType(bytes)).toBe(`image/${name}`);
});

test.each(["", "<html>", "GIF8", "RIFF1234WAVE", "\u0089PNG", "BM"])("does not detect a picture in %p", (text) => {
  expect(detectPictureType(Buffer.from(text))).toBeUndefined();
});

test("detects an SVG drawing", () => {
  expect(isSvg(Buffer.from('<?xml version="1.0"?>\n<!-- x -->\n<svg xmlns="x">'))).toBe(true);
  expect(isSvg(Buffer.from("<html>"))).toBe(false);
});

test("identifies a picture by its SHA-256", () => {
  expect(sha256Of(Buffer.from("abc"))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
