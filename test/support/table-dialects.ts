import fc from "fast-check";

export interface Dialect {
  readonly delimiter: string;
  readonly lineEnd: string;
  readonly alwaysQuotes: boolean;
  readonly endsWithLineEnd: boolean;
  /** True if the first line is `sep=` and the delimiter. */
  readonly statesDelimiter: boolean;
  readonly encode: (text: string) => Uint8Array;
}

export const dialects: fc.Arbitrary<Dialect> = fc.record({
  delimiter: fc.constantFrom(",", ";", "\t", "|"),
  lineEnd: fc.constantFrom("\n", "\r\n", "\r"),
  alwaysQuotes: fc.boolean(),
  endsWithLineEnd: fc.boolean(),
  statesDelimiter: fc.boolean(),
  encode: fc.constantFrom<Dialect["encode"]>(
    (text) => Buffer.from(text),
    (text) => Buffer.from(`\uFEFF${text}`),
    (text) => Buffer.from(`\uFEFF${text}`, "utf16le"),
    (text) => Buffer.from(`\uFEFF${text}`, "utf16le").swap16(),
    (text) => Buffer.from(text, "utf16le"),
  ),
});

/** Generates cells with delimiters, quotes, line breaks, control characters and non-ASCII characters. */
export const edgeCaseCell = fc.string({
  unit: fc.constantFrom("a", '"', ",", ";", "\t", "|", "\n", "é", "€", "李", "\u{1F332}", " ", "=", "\u0001", "#"),
  maxLength: 6,
});

export function writeTable(
  rows: readonly (readonly string[])[],
  { delimiter, lineEnd, alwaysQuotes, endsWithLineEnd, statesDelimiter, encode }: Dialect,
) {
  const encodeCell = (text: string) =>
    alwaysQuotes || /["\n\t,;|]/.test(text) ? `"${text.replaceAll('"', '""').replaceAll("\n", lineEnd)}"` : text;
  const declaration = statesDelimiter ? [`sep=${delimiter}`] : [];
  const lines = [...declaration, ...rows.map((cells) => cells.map(encodeCell).join(delimiter))];
  return encode(lines.join(lineEnd) + (endsWithLineEnd ? lineEnd : ""));
}
