import fc from "fast-check";

const SURROGATES = 0x800;
const character = fc
  .integer({ min: 0, max: 0x10ffff - SURROGATES })
  .map((index) => String.fromCodePoint(index < 0xd800 ? index : index + SURROGATES));

/**
 * Generates strings of any Unicode characters except surrogates. The option `unit: "binary"` of fast-check would first
 * list all characters, which takes two seconds.
 */
export function unicodeText(options: { readonly maxLength?: number } = {}): fc.Arbitrary<string> {
  return fc.string({ ...options, unit: character });
}
