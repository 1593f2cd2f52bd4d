import { expect, test } from "@jest/globals";
import { parseCsv } from "../../src/csv/read-csv.ts";

test.each([
  ["commas", "Name,Email\nAda,a@x.example\n"],
  ["semicolons", "Name;Email\nAda;a@x.example\n"],
  ["tabs", "Name\tEmail\nAda\ta@x.example\n"],
  ["a byte order mark and CRLF line endings", "\ufeffName,Email\r\nAda,a@x.example\r\n"],
  ["CR line endings", "Name,Email\rAda,a@x.example"],
  ["quotes and spaces", '"Name",Email\n" Ada ","a@x.example"\n'],
])("parseCsv reads a table with %s", (_, text) => {
  expect(parseCsv(text)).toEqual({ header: ["Name", "Email"], rows: [{ line: 2, cells: ["Ada", "a@x.example"] }] });
});

test("parseCsv ignores delimiters inside quotes", () => {
  expect(parseCsv('"a;b;c",d\n"1,2",3\n')).toEqual({
    header: ["a;b;c", "d"],
    rows: [{ line: 2, cells: ["1,2", "3"] }],
  });
});

test.each([
  ["sep=;\nName;Email\nAda;a,a@x.example\n", ["Ada", "a,a@x.example"]],
  ['"sep=|"\r\nName|Email\r\nAda|a@x.example\r\n', ["Ada", "a@x.example"]],
  ["\ufeffSEP=\t\nName\tEmail\nAda\ta@x.example\n", ["Ada", "a@x.example"]],
])("parseCsv uses the delimiter that the first line specifies: %j", (text, cells) => {
  expect(parseCsv(text)).toEqual({ header: ["Name", "Email"], rows: [{ line: 3, cells }] });
});

test.each([
  ["an introduction", 'Notes:\n"When exporting, your connections"\n\nName,Email\nAda,a@x.example\n', 5, "Ada"],
  ["empty lines and an introduction", '\n\nNotes:\n"Some, connections"\n\nName,Email\nAda,a@x.example\n', 7, "Ada"],
  ["an introduction with doubled quotes", '"The ""connections"", all"\n\nName,Email\nAda,a@x.example\n', 4, "Ada"],
  ["a title and a quoted header", 'Contacts\r\n\r\n"Name","Email"\r\n"King, Ada",a@x.example\r\n', 4, "King, Ada"],
])("parseCsv skips %s above the header", (_, text, line, name) => {
  expect(parseCsv(text)).toEqual({ header: ["Name", "Email"], rows: [{ line, cells: [name, "a@x.example"] }] });
});

test("parseCsv does not skip the rows above a blank line in a table with one column", () => {
  expect(parseCsv('Email\na@x.example\n\n"b,c"\n').header).toEqual(["Email"]);
});

test("parseCsv reads a header that begins like a delimiter declaration as a header", () => {
  expect(parseCsv("sep=;,b\n1,2\n").header).toEqual(["sep=;", "b"]);
});

test("parseCsv reports the line of a problem below a delimiter declaration", () => {
  expect(parseCsv('sep=,\na,b\n"1,2\n')).toMatchObject({ failure: { line: 3 } });
});

test("the line number of a row includes blank lines and line breaks in cells", () => {
  const { rows } = parseCsv('a,b\n\n"x\ny",1\n\n"p\n\nq","r\ns"\nz,2\n');
  expect(rows.map(({ line, cells }) => [line, cells[0]])).toEqual([
    [3, "x\ny"],
    [6, "p\n\nq"],
    [10, "z"],
  ]);
});

test("parseCsv returns rows with more or fewer cells than the header", () => {
  expect(parseCsv("a,b\n1\n1,2,3\n").rows.map(({ cells }) => cells.length)).toEqual([1, 3]);
});

test.each([
  ["a quote that is never closed", 'a,b\n"1,2\n', 2, /not closed/],
  ["a quote that is not closed before the end of the table", 'a,b\n\n\n"1,2\n3,4\n5,6\n', 4, /not closed/],
  [
    "a missing closing quote, if a later row contains a quote",
    'a,b\n1,"2\n3,4\n5,"6"\n',
    2,
    /quote on line 4 is followed by text/,
  ],
  ["text after a quote", 'a,b\n1,2\n"1"x,2\n', 3, /closing quote is followed by text/],
  ["a quote inside a cell", 'a,b\n1,2"3\n', 2, /unescaped quote/],
])("parseCsv reports the line of %s", (_, text, line, reason) => {
  expect(parseCsv(text)).toMatchObject({ rows: [], failure: { line, reason: expect.stringMatching(reason) } });
});

test("parseCsv parses an empty text as a table without rows", () => {
  expect(parseCsv("")).toEqual({ header: [], rows: [] });
});
