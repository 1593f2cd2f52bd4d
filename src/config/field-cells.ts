import type { ConfigValue, DeclaredField, DesiredField, FieldType } from "../model/contact.ts";
import { checkFieldValue, type FieldProblem, formatDatetime, parseDatetime } from "../model/field-values.ts";
import { adviseDate } from "./message-parts.ts";

/** `isCell` is true if the value is the text of a table cell. `source` is the text of a value in YAML. */
type ConfigField = Pick<DesiredField, "isCell"> & { readonly value: ConfigValue; readonly source?: string };

/** Converts the text of a table cell to the type of the field. Returns other values unchanged. */
export function valueOfField({ value, isCell }: ConfigField, type: FieldType): ConfigValue {
  return isCell === true ? valueOfText(String(value), type) : value;
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["1", true],
  ["false", false],
  ["no", false],
  ["0", false],
]);

/** Returns the value of a text; the text itself if it does not match the type, so that `checkField` rejects it. */
export function valueOfText(text: string, type: FieldType): ConfigValue {
  if (type === "number" && /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?$/.test(text)) return Number(text);
  if (type === "boolean") return BOOLEANS.get(text.toLowerCase()) ?? text;
  const seconds = type === "datetime" ? parseDatetime(text) : undefined;
  return seconds === undefined ? text : formatDatetime(seconds);
}

export function checkField(
  field: ConfigField,
  { type, values }: Pick<DeclaredField, "type" | "values">,
): FieldProblem | undefined {
  const problem = checkFieldValue(type, valueOfField(field, type), values, field.source);
  if (problem === undefined || field.isCell !== true) return problem;
  const cell = String(field.value);
  const advice = cellAdvice(type, cell, problem.advice);
  return { ...problem, advice: type === "datetime" ? adviseDate(cell, advice) : advice };
}

function cellAdvice(type: FieldType, cell: string, advice: string): string {
  if (type === "enum") return `${advice} ${adviseMapping("cells", "them", cell)}`;
  if (type === "boolean") return adviseMapping("cell", "it to true or false", cell);
  return CELL_ADVICE[type] ?? advice;
}

function adviseMapping(cells: string, target: string, cell: string): string {
  return `Correct the ${cells}, or map ${target}: \`{ column: …, values: { ${JSON.stringify(cell)}: … } }\`.`;
}

const CELL_ADVICE: Readonly<Partial<Record<FieldType, string>>> = {
  number: "Correct the cell: use digits and a decimal point. To treat the cell as empty, add its text to null_values.",
  datetime: "Set the format of the dates in the table: `{ column: …, format: dd.MM.yyyy }`.",
};
