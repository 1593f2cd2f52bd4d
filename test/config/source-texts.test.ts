import { expect, test } from "@jest/globals";
import { createReloadedTexts, joinTexts } from "../../src/config/source-texts.ts";
import { decodeTable } from "../../src/csv/decode-table.ts";
import { memoryDisk } from "../support/memory-disk.ts";

const RELEASE_ALL = { minLength: 1 };

const YAML = "contacts: {}\n";
const TABLE = Buffer.from("ID,Name\r\n1,Zo\xeb\r\n", "latin1");
const TEXTS = new Map([
  ["contacts/a.yaml", YAML],
  ["contacts/crm.csv", decodeTable(TABLE, "windows-1252")?.text ?? ""],
]);

test("released source texts are read from their files again", () => {
  const disk = memoryDisk({ "contacts/a.yaml": `\uFEFF${YAML}`, "contacts/crm.csv": TABLE });
  const released = createReloadedTexts(TEXTS, disk, RELEASE_ALL);
  expect(released).not.toBe(TEXTS);
  expect(released.get("contacts/a.yaml")).toBe(YAML);
  expect(released.get("contacts/crm.csv")).toBe("ID,Name\n1,Zoë\n");
  expect(released.get("contacts/b.yaml")).toBeUndefined();
  expect([...released.keys()]).toEqual([...TEXTS.keys()]);
  expect([...released.values()]).toEqual([...TEXTS.values()]);
});

test.each([
  ["was changed", { "contacts/a.yaml": `${YAML}# changed\n`, "contacts/crm.csv": "ID,Name\n1,Zo\n" }],
  ["was deleted", {}],
])("a file that %s after its text was released has no source text", (_, files) => {
  const released = createReloadedTexts(TEXTS, memoryDisk(files), RELEASE_ALL);
  expect([...TEXTS.keys()].map((path) => released.get(path))).toEqual([undefined, undefined]);
  expect([...released.values()]).toEqual([]);
});

test("the source texts of a small configuration are not released", () => {
  const texts = new Map([["contacts/a.yaml", "contacts: {}\n"]]);
  expect(createReloadedTexts(texts, memoryDisk({})).get("contacts/a.yaml")).toBe("contacts: {}\n");
});

test("joined source texts prefer the configuration over its base", () => {
  const joined = joinTexts(
    new Map([["a.yaml", "now"]]),
    new Map([
      ["a.yaml", "then"],
      ["b.yaml", "gone"],
    ]),
  );
  expect(["a.yaml", "b.yaml", "c.yaml"].map((path) => joined.get(path))).toEqual(["now", "gone", undefined]);
  expect([...joined.keys()]).toEqual(["a.yaml", "b.yaml"]);
});
