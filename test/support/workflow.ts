import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

export interface Step {
  readonly name?: string;
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly shell?: string;
  readonly run?: string;
}

export interface Job {
  readonly if: string;
  readonly environment?: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly "timeout-minutes": number;
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly on: Readonly<Record<string, { readonly branches?: readonly string[] } | null>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly defaults: { readonly run: { readonly shell: string } };
  readonly jobs: Readonly<Record<"validate" | "plan" | "apply" | "drift", Job>>;
}

export interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string; readonly required?: boolean }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

/** The directory of the action, relative to the root of the repository. */
export const ACTION = ".github/actions/front-contacts";
export const USES_ACTION = `./node_modules/front-contacts/${ACTION}`;

const documents = new Map<string, unknown>();

/** Reads a YAML file, or returns the result of an earlier call. The path is relative to the root of the repository. */
export function readYaml<T>(path: string): T {
  if (!documents.has(path))
    documents.set(path, parse(readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8")));
  return documents.get(path) as T;
}

/**
 * Evaluates an expression of GitHub Actions with the operators that the examples use. A name without a value is empty,
 * as on GitHub, but an input must be declared.
 */
export function evaluate(expression: string, values: Readonly<Record<string, string>>): string {
  const lookUp = (operand: string) => {
    if (operand.startsWith("'")) return operand.slice(1, -1);
    if (operand.startsWith("inputs.") && values[operand] === undefined) throw new Error(`${operand} is not an input`);
    return values[operand] ?? "";
  };
  const compare = (text: string) => {
    const [, left, operator, right] = /^(\S+) (==|!=) (\S+)$/.exec(text.trim()) ?? [];
    if (left === undefined || right === undefined) return lookUp(text.trim());
    return (lookUp(left) === lookUp(right)) === (operator === "==") ? "true" : "";
  };
  const alternatives = expression.split("||").map((part) => part.split("&&").map(compare));
  return alternatives.map((terms) => terms.reduce((all, term) => all && term)).find((value) => value !== "") ?? "";
}
