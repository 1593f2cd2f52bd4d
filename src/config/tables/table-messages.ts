import { LIMITS } from "../../model/limits.ts";
import { groupDigits, plural } from "../../model/plural.ts";
import { adviseDate, didYouMeanName, MB, type Messages, showRoot, suggestName } from "../message-parts.ts";

function adviseColumns(instruction: string, columns: string): string {
  return columns === ""
    ? "The table is empty. Its first line must contain the column names."
    : `${instruction}: ${columns}.`;
}

const ACCOUNT_REFERENCES = {
  domain: { name: "a domain", example: "a domain such as fbi.example" },
  external_id: { name: "an external ID", example: "an external ID without tabs or line breaks" },
  id: { name: "an account ID", example: "an ID such as acc_1a2b3c" },
  key: { name: "an account key", example: "a key under accounts, such as fbi" },
} as const;

type EncodingProblem =
  | { readonly kind: "guessed" | "invalid"; readonly encoding: string }
  | { readonly kind: "damaged-utf8" | "undetected" };

export const TABLE_MESSAGES = {
  "table-name": ({ name }: { name: string }) => ({
    summary: `"${name}" is reserved and cannot be the name of a table`,
    advice: "Rename the table. Its name is part of the addresses of its rows.",
  }),
  "table-twice": ({ name }: { name: string }) => ({
    summary: `Table "${name}" is declared twice`,
    advice: "Rename one. Table names must be unique across all files.",
  }),
  "table-missing": ({ path, suggestion }: { path: string; suggestion: string | undefined }) => ({
    summary: `File "${path}" does not exist`,
    advice: didYouMeanName(path, suggestion, "Add the table, or correct `file`. Paths are relative to this file."),
  }),
  "table-outside": ({ path, root }: { path: string; root: string }) => ({
    summary: `"${path}" is not a relative path inside ${showRoot(root)}`,
    advice: `Copy the table into ${showRoot(root)} if it is elsewhere, and use a relative path.`,
  }),
  "table-unreadable": ({ path, ...problem }: { path: string } & ({ reason: string } | { isText: false })) =>
    "isText" in problem
      ? {
          summary: `"${path}" is not a text file`,
          advice: "Export the table as CSV in UTF-8. In Excel, save the workbook as CSV UTF-8.",
        }
      : {
          summary: `Cannot read "${path}" (${problem.reason})`,
          advice:
            "Check that it is a regular file that you have permission to read and that does not change during the run.",
        },
  "table-too-large": ({ path }: { path: string }) => ({
    summary: `"${path}" is larger than ${LIMITS.tableBytes / MB} MB or has more than ${groupDigits(LIMITS.tableRows)} rows`,
    advice: "Split the table into several files.",
  }),
  "table-encoding": (problem: EncodingProblem) => {
    switch (problem.kind) {
      case "guessed":
        return {
          severity: "warning" as const,
          summary: `The table is not UTF-8; it is read as ${problem.encoding}`,
          advice: `Export the table as UTF-8, or set \`encoding: ${problem.encoding}\` and check names with accents.`,
        };
      case "damaged-utf8":
        return {
          summary: "The table is UTF-8, but this line contains invalid bytes",
          advice: "Correct the line, or export the table again.",
        };
      case "invalid":
        return {
          summary: `The table is not valid ${problem.encoding}`,
          advice: "Correct `encoding`, or export the table as UTF-8.",
        };
      case "undetected":
        return {
          summary: "The table starts like UTF-8 or UTF-16 text, but contains invalid bytes",
          advice: "Set `encoding`, or export the table as UTF-8.",
        };
    }
  },
  "table-syntax": ({ reason }: { reason: string }) => ({
    summary: `The table cannot be read from this line on: ${reason}`,
    advice: "Fix the line, or export the table again.",
  }),
  "table-empty": ({ path }: { path: string }) => ({
    severity: "warning",
    summary: `"${path}" has no rows`,
    advice: "Check the export. A table without rows changes nothing in Front.",
  }),
  "table-column": ({ column, count, suggestion, columns }: { column: string; count: number } & Columns) =>
    count === 0
      ? {
          summary: `The table has no column "${column}"`,
          advice:
            suggestion === undefined
              ? adviseColumns("Use one of the columns", columns)
              : suggestName(column, suggestion),
        }
      : { summary: `The table has ${count} columns named "${column}"`, advice: "Rename all but one in the table." },
  "table-preset": ({ title, suggestion, columns }: { title: string } & Columns) => ({
    summary: `The table is not an export from ${title}: no column contains handles`,
    advice:
      suggestion === undefined ? adviseColumns("Map the columns instead", columns) : `Use \`preset: ${suggestion}\`.`,
  }),
  "table-zone": ({ zone }: { zone: string }) => ({
    summary: `"${zone}" is not a time zone`,
    advice: "Use a name such as Europe/Berlin, or UTC.",
  }),
  "row-length": ({ cells, columns }: { cells: number; columns: number }) => ({
    summary: `The row has ${plural(cells, "cell")}, but the table has ${plural(columns, "column")}`,
    advice:
      cells === 1
        ? "Delete the line if it is not a row, such as the footer of a report, or export the table again."
        : "Put cells that contain the delimiter in double quotes, or export the table again.",
  }),
  "row-key-empty": ({ column }: { column: string }) => ({
    summary: `The row has no "${column}", which is its key`,
    advice: "Fill in the cell, exclude the row with `where`, or use another column as the key.",
  }),
  "row-key-twice": ({ row }: { row: string }) => ({
    summary: `"${row}" is already the key of another row`,
    advice: "Combine the rows, or use a column with unique values as the key.",
  }),
  "row-without-handle": ({ columns }: { columns: string }) => ({
    severity: "warning",
    summary: "The row has no handle, so it is skipped",
    advice: `${columns === "" ? "Map a column to a handle under `columns`, such as `email: Email`" : `Fill in at least one of ${columns}`}. Contacts are matched by their handles.`,
  }),
  "cell-damaged": ({ cell, reason, advice }: { cell: string; reason: string; advice: string }) => ({
    summary: `"${cell}" ${reason}`,
    advice,
  }),
  "cell-value": ({ cell, suggestion, values }: { cell: string; suggestion: string | undefined; values: string }) => ({
    summary: `"${cell}" is not one of the values of this column`,
    advice: `${suggestion === undefined ? "" : `${didYouMeanName(cell, suggestion, "")} `}Correct the cell, or add its text to the \`values\` of the column. The values are ${values}.`,
  }),
  "cell-date": ({ cell, format, skippedIn }: { cell: string; format: string; skippedIn: string | undefined }) =>
    skippedIn === undefined
      ? {
          summary: `"${cell}" is not a date in the format ${format}`,
          advice: adviseDate(
            cell,
            "Correct the cell, or the `format` of the column. To treat the cell as empty, add its text to null_values.",
          ),
        }
      : {
          summary: `The time "${cell}" does not exist in ${skippedIn}, because the clocks are set forward`,
          advice: "Correct the cell, or the `zone` of the column.",
        },
  "cell-account": ({ cell, by }: { cell: string; by: keyof typeof ACCOUNT_REFERENCES }) => ({
    summary: `"${cell}" is not ${ACCOUNT_REFERENCES[by].name}`,
    advice: `Write ${ACCOUNT_REFERENCES[by].example}.`,
  }),
  "too-long": () => ({
    summary: `The cell is longer than ${groupDigits(LIMITS.stringBytes)} bytes`,
    advice: "Shorten the text.",
  }),
  "control-character": () => ({
    summary: "The cell contains a control character",
    advice: "Delete it. Most editors do not show it.",
  }),
  "phone-extension": ({ cell }: { cell: string }) => ({
    severity: "warning",
    summary: `"${cell}" has an extension, so the number is omitted`,
    advice: "Remove the extension if the contact can be reached without it.",
  }),
} satisfies Messages;

type Columns = {
  readonly suggestion: string | undefined;
  readonly columns: string;
};
