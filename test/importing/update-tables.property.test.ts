import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeTable } from "../../src/csv/decode-table.ts";
import { parseCsv } from "../../src/csv/read-csv.ts";
import { runs } from "../scale.ts";
import { forAllAsync } from "../support/for-all.ts";
import { loadRow, updateRow } from "../support/row-update.ts";
import { dialects, edgeCaseCell, writeTable } from "../support/table-dialects.ts";

/** Cells without the control character U+0001, which tables reject. */
const cell = edgeCaseCell.map((text) => text.replaceAll("\u0001", "-"));
const otherRow = fc.tuple(cell, cell, fc.constantFrom("", "a@x.example", "b@x.example;c@x.example"));

const TABLE = {
  columns: '{ email: [E, { column: M, separator: ";" }], name: N, description: D }',
  rest: "empty: clear",
};
const ROW = ["1", "Ada", "Notes", "ada@x.example", "old@x.example; z@x.example"];

function cellsOf(bytes: Uint8Array): readonly (readonly string[])[] {
  return parseCsv(decodeTable(bytes)?.text ?? "").rows.map(({ cells }) => cells);
}

test("in every dialect, an update writes each value from Front to its row or warns about it, and changes no other row", () =>
  forAllAsync(
    [
      fc.array(otherRow, { maxLength: 6 }),
      dialects,
      fc.record({ name: cell, description: cell, email: fc.constantFrom("old@x.example", "new@x.example") }),
    ],
    { numRuns: runs(200) },
    async (rows, dialect, { name, description, email }) => {
      const others = rows.map(([contactName, notes, otherEmails], index) => {
        const emails = otherEmails.replaceAll("@", `${index}@`);
        return [`r${index}`, contactName, notes, `r${index}@x.example`, emails];
      });
      const bytes = writeTable([["ID", "N", "D", "E", "M"], ...others.slice(0, 3), ROW, ...others.slice(3)], dialect);
      const found = await loadRow(TABLE, bytes);
      if ("problems" in found) throw new Error(found.problems);
      const handles = ["ada@x.example", email, "z@x.example"];
      const result = updateRow(found, bytes, { name, description, handles });
      if (result === undefined) throw new Error("the row was not found");
      const hasWarning = (property: string) => result.warnings.some((text) => text.includes(`its ${property} `));
      const expected = [
        ...["1", hasWarning("name") ? "Ada" : name.trim(), hasWarning("description") ? "Notes" : description.trim()],
        ...["ada@x.example", `${email}; z@x.example`],
      ];
      expect(hasWarning("handles")).toBe(false);
      expect(cellsOf(result.bytes)).toEqual(cellsOf(bytes).map((cells) => (cells[0] === "1" ? expected : cells)));
    },
  ));
