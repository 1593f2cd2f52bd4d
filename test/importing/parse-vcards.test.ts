import { expect, test } from "@jest/globals";
import { parseCards } from "../../src/importing/parse-vcards.ts";

function card(...lines: string[]): string {
  return ["BEGIN:VCARD", ...lines, "END:VCARD", ""].join("\r\n");
}

function valuesOf(text: string, name: string): readonly string[] {
  return parseCards(text).flatMap(({ properties }) =>
    properties.filter((property) => property.name === name).flatMap(({ values }) => values),
  );
}

test.each([
  ["a name", "FN:Dale Cooper", "fn", ["Dale Cooper"]],
  ["the parts of a name", "N:Cooper;Dale;Bartholomew;Agent;Jr.", "n", ["Agent Dale Bartholomew Cooper Jr."]],
  ["an email address with its type", "EMAIL;TYPE=INTERNET,WORK:dale@fbi.example", "email", ["dale@fbi.example"]],
  ["a grouped property", "item1.EMAIL:dale@fbi.example", "email", ["dale@fbi.example"]],
  ["a folded line", "NOTE:Likes cof\r\n fee", "note", ["Likes coffee"]],
  ["escaped text", "NOTE:one\\, two\\nthree\\; \\\\;", "note", ["one, two\nthree; \\;"]],
  ["an organization with its unit", "ORG:FBI;Bureau", "org", ["FBI, Bureau"]],
  ["several categories", "CATEGORIES:VIP,Law", "categories", ["VIP", "Law"]],
])("the parser reads %s", (_, line, name, values) => {
  expect(valuesOf(card("VERSION:3.0", line), name)).toEqual(values);
});

const QUOTED_PRINTABLE = "CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE";

test.each([
  ["a name in quoted-printable", `FN;${QUOTED_PRINTABLE}:Zo=C3=AB`, "fn", ["Zoë"]],
  [
    "the parts of a name, one of which contains a semicolon",
    `N;${QUOTED_PRINTABLE}:=E9=99=88;=E5=A4=A7=3B=E6=96=87;;;`,
    "n",
    ["大;文 陈"],
  ],
  ["text in ISO-8859-1", "FN;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:Jos=E9", "fn", ["José"]],
  ["punctuation in Windows-1252", "NOTE;CHARSET=Windows-1252;ENCODING=QUOTED-PRINTABLE:a =96 b", "note", ["a – b"]],
  ["text that does not match its character set", `FN;${QUOTED_PRINTABLE}:Jos=E9`, "fn", ["José"]],
  ["Cyrillic text", "FN;CHARSET=windows-1251;ENCODING=QUOTED-PRINTABLE:=C8=E2=E0=ED", "fn", ["Иван"]],
  ["a soft line break", `NOTE;${QUOTED_PRINTABLE}:one=0D=0Atwo=\r\n three =\r\nfour`, "note", ["one\ntwo three four"]],
  ["a folded line", "NOTE:Likes cof\r\n fee", "note", ["Likes coffee"]],
  ["types without a parameter name", "TEL;CELL;PREF:+13605550123", "tel", ["+13605550123"]],
  ["commas and semicolons in text", "NOTE:a, b; c", "note", ["a, b; c"]],
  ["text with unnecessary escapes", "NOTE:a\\, b", "note", ["a, b"]],
  ["text with the encoding 8BIT", "NOTE;ENCODING=8BIT:a", "note", ["a"]],
  ["categories", "CATEGORIES:VIP;Law,Friends", "categories", ["VIP", "Law", "Friends"]],
  ["a grouped property", "item1.EMAIL;INTERNET:dale@fbi.example", "email", ["dale@fbi.example"]],
])("in version 2.1, the parser reads %s", (_, line, name, values) => {
  expect(valuesOf(card("VERSION:2.1", line), name)).toEqual(values);
});

test("the parser also reads quoted-printable text in version 3.0", () => {
  expect(valuesOf(card("VERSION:3.0", `NOTE;${QUOTED_PRINTABLE}:Zo=C3=AB=0Aand \\, more`), "note")).toEqual([
    "Zoë\nand , more",
  ]);
});

const PNG = "iVBORw0KGgo=";

test.each([
  ["2.1", `PHOTO;PNG;BASE64:${PNG.slice(0, 4)}\r\n ${PNG.slice(4)}\r\n`],
  ["3.0", `PHOTO;ENCODING=b;TYPE=PNG:${PNG}`],
  ["4.0", `PHOTO:data:image/png;base64,${PNG}`],
])("the parser reads a picture in version %s", (version, line) => {
  const [firstCard] = parseCards(card(`VERSION:${version}`, "FN:Dale", line));
  const bytes = firstCard?.properties.find(({ name }) => name === "photo")?.bytes;
  expect(Buffer.from(bytes ?? []).toString("base64")).toBe(PNG);
});

test("a picture is not downloaded from its URL", () => {
  const [firstCard] = parseCards(card("VERSION:4.0", "FN:Dale", "PHOTO:https://x.example/dale.png"));
  expect(firstCard?.properties.find(({ name }) => name === "photo")).toMatchObject({
    name: "photo",
    values: ["https://x.example/dale.png"],
  });
});

test("a malformed card is reported with its line, and the others are read", () => {
  const text = [
    card("VERSION:3.0", "FN:One"),
    card("VERSION:2.0", "FN:Old"),
    card("VERSION:3.0", "no colon here"),
    card("FN:None"),
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Open\r\n",
    card("VERSION:4.0", "FN:Two"),
    "BEGIN:VCARD\r\nVERSION:4.0",
  ].join("");
  expect(parseCards(text).map(({ line, problem }) => [line, problem])).toEqual([
    [1, undefined],
    [5, "vCard 2.0 is not supported; export the card in one of these versions: 2.1, 3.0, 4.0"],
    [9, expect.stringMatching(/^the card cannot be read: .*; correct the card or export it again$/)],
    [13, "the card has no VERSION; add a line such as VERSION:3.0 after BEGIN:VCARD"],
    [16, "the card has no END:VCARD; add this line after the card"],
    [19, undefined],
    [23, "the card has no END:VCARD; add this line after the card"],
  ]);
  expect(valuesOf(text, "fn")).toEqual(["One", "Two"]);
});

test.each([
  ["on one line", `TEL${";TYPE=x".repeat(400_000)}:1`],
  ["folded", `TEL${"\r\n ;P=x".repeat(101)}:1`],
  ["after a quoted colon", `TEL;X=":"${";TYPE=x".repeat(100)}:1`],
])("a card is rejected if a property has too many parameters: %s", (_, line) => {
  const [rejected, accepted] = parseCards(card("VERSION:3.0", line) + card("VERSION:3.0", `N:${";".repeat(500)}`));
  expect(rejected?.problem).toBe(
    "a property of the card has more than 100 parameters; remove parameters, such as TYPE=HOME",
  );
  expect(accepted?.problem).toBeUndefined();
});

test("a property with 100 parameters is accepted", () => {
  expect(valuesOf(card("VERSION:3.0", `TEL${";TYPE=x".repeat(100)}:1`), "tel")).toEqual(["1"]);
});
