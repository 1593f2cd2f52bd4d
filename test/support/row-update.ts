import { loadDesired } from "../../src/config/load-desired-state.ts";
import type { TableSpec } from "../../src/config/tables/table-spec.ts";
import { readUncheckedConfig } from "../../src/config/unchecked-config.ts";
import type { Entry, EntryAccount, EntryUpdate } from "../../src/importing/entry.ts";
import { updateTable } from "../../src/importing/update-table.ts";
import type { ConfigValue, DesiredContact, FieldType } from "../../src/model/contact.ts";
import { parseYaml } from "../../src/yaml/parse.ts";
import { createSource } from "../../src/yaml/source-text.ts";
import { handle } from "./builders.ts";
import { memoryDisk } from "./memory-disk.ts";

export const ACCOUNT: EntryAccount = {
  key: "fbi",
  id: "acc_1",
  identifiers: new Set(["acc_1", "alt:domain:fbi.example", "alt:ext_id:F-1"]),
};

/** The declaration of a table with the column `ID` for keys, in YAML. */
export interface DeclaredTable {
  readonly columns: string;
  readonly rest?: string;
  readonly defaults?: string;
}

export type FrontValues = Omit<Partial<Entry>, "handles" | "lists" | "customFields"> & {
  readonly handles?: readonly string[];
  readonly lists?: readonly string[];
  readonly fields?: Readonly<Record<string, ConfigValue>>;
  readonly types?: Readonly<Record<string, FieldType>>;
};

export interface TableRow {
  readonly spec: TableSpec;
  readonly row: DesiredContact;
}

/** Loads a table and returns its row `1`, or the problems of the table. */
export async function loadRow(
  { columns, rest = "", defaults }: DeclaredTable,
  table: string | Uint8Array,
): Promise<TableRow | { readonly problems: string }> {
  const yaml = `tables: { t: { file: t.csv, key: ID, columns: ${columns}, ${rest} } }\n`;
  const files = {
    "contacts/a.yaml": yaml,
    "contacts/t.csv": table,
    ...(defaults && { "contacts/defaults.yaml": `defaults: ${defaults}\n` }),
  };
  const { desired, diagnostics } = await loadDesired("contacts", { disk: memoryDisk(files) });
  const row = desired?.contacts.find(({ key }) => key === 't["1"]');
  const [spec] = parseYaml(createSource("contacts/a.yaml", yaml)).documents.flatMap(
    (document) => readUncheckedConfig(document).tables,
  );
  return row === undefined || spec === undefined ? { problems: JSON.stringify(diagnostics) } : { spec, row };
}

/**
 * Updates a row with values from Front. Returns the updated table and the texts of warnings, or undefined if the row no
 * longer exists. By default, the remote contact has one email address.
 */
export function updateRow(
  { spec, row }: TableRow,
  table: string | Uint8Array,
  { handles = ["ada@x.example"], lists = [], fields = {}, types = {}, ...values }: FrontValues,
  update: Partial<EntryUpdate> = {},
) {
  const entry: Entry = {
    links: [],
    handles: handles.map(handle),
    lists: lists.map((name) => ({ name })),
    customFields: Object.entries(fields).map(([name, value]) => ({ name, type: types[name] ?? "string", value })),
    ...values,
  };
  const updates = new Map([[row, { entry, complete: true, isAvatarUnchanged: true, ...update }]]);
  const result = updateTable(spec, Buffer.from(table), updates);
  return result && { ...result, warnings: result.warnings.map(({ text }) => text) };
}

export async function update(
  declared: DeclaredTable,
  table: string | Uint8Array,
  values: FrontValues,
  updateOptions?: Partial<EntryUpdate>,
) {
  const loadedRow = await loadRow(declared, table);
  const result = "problems" in loadedRow ? undefined : updateRow(loadedRow, table, values, updateOptions);
  if (result === undefined) throw new Error(JSON.stringify(loadedRow));
  return result;
}
