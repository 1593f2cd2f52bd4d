import { type DeclaredField, HANDLE_SOURCES } from "../model/contact.ts";
import { suggest } from "../model/suggest.ts";
import { ImportError } from "./import-error.ts";
import { objectToFieldName } from "./to-entry.ts";

/** What a cell is for. */
export type Target =
  | { readonly kind: "name" | "description" | "link" | "list" }
  | { readonly kind: "handle"; readonly source: string }
  | { readonly kind: "field"; readonly name: string };

/** A column, or a property of a vCard, and what it is for. */
export interface Mapping {
  readonly target: Target;
  readonly column: string;
}

const PLAIN = ["name", "description", "link", "list"] as const;
const KNOWN: readonly string[] = [...PLAIN, ...HANDLE_SOURCES];
const FIELD = "custom_fields.";
const EXAMPLE = `Write it as --map 'name=Name,email=Email,"Job Title"=Title'.`;

/** Reads `name=Name,email=Email,"Job Title"=Title`. Throws an `ImportError`. */
export function parseMappings(texts: readonly string[], declared: ReadonlyMap<string, DeclaredField>): Mapping[] {
  return texts.flatMap(splitAtCommas).map((text) => {
    const [, target, column] = /^((?:"[^"]*"|[^"=])+)=(.*)$/s.exec(text) ?? [];
    if (target === undefined || column === undefined || unquoted(column) === "") {
      throw new ImportError(`${text} says of no column what it is for`, EXAMPLE);
    }
    return { target: targetOf(unquoted(target), declared), column: unquoted(column) };
  });
}

function splitAtCommas(text: string): string[] {
  const parts = text.match(/(?:"[^"]*"|[^",])+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

function unquoted(text: string): string {
  return text.trim().replaceAll(/"([^"]*)"/g, "$1");
}

function targetOf(text: string, declared: ReadonlyMap<string, DeclaredField>): Target {
  const plain = PLAIN.find((known) => known === text);
  if (plain !== undefined) return { kind: plain };
  if (HANDLE_SOURCES.some((source) => source === text)) return { kind: "handle", source: text };
  const name = text.startsWith(FIELD) ? text.slice(FIELD.length) : text;
  const near = name === text && !declared.has(name) ? suggest(text, KNOWN) : undefined;
  if (near !== undefined) {
    throw new ImportError(
      `--map knows no ${text}`,
      `Did you mean ${near}? Write ${FIELD}${text} for a custom field of that name.`,
    );
  }
  if (name === "") throw new ImportError(`${text} names no custom field`, EXAMPLE);
  const reason = objectToFieldName(name);
  if (reason !== undefined) throw new ImportError(`The custom field "${name}" ${reason}`, "Name another custom field.");
  if (declared.size > 0 && !declared.has(name)) throw undeclared(name, declared);
  return { kind: "field", name };
}

/** Only the files know its type, and once some are declared all have to be. */
function undeclared(name: string, declared: ReadonlyMap<string, DeclaredField>): ImportError {
  const near = suggest(name, declared.keys());
  const advice = near === undefined ? "" : `Did you mean ${near}? `;
  return new ImportError(
    `The custom field ${name} is not declared`,
    `${advice}Add it under custom_fields: at the top of a file, with its type.`,
  );
}
