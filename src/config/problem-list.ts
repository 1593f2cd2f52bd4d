import type { Diagnostic } from "../model/diagnostic.ts";
import { type ConfigCode, configProblem, type MessageParameters } from "./messages.ts";

export class ProblemList {
  readonly diagnostics: Diagnostic[] = [];
  readonly #reported = new Set<string>();

  /** Adds a diagnostic, unless an equal one exists. Returns undefined, so that callers can write `return report(…)`. */
  report<Code extends ConfigCode>(
    code: Code,
    parameters: MessageParameters<Code>,
    location: Diagnostic["location"],
    related?: Diagnostic["related"],
  ): undefined {
    const problem = configProblem(code, parameters, { location, related });
    // A field name has the same location in all rows of a table: the location of the column mapping.
    const id = JSON.stringify([code, location, problem.summary]);
    if (!this.#reported.has(id)) this.diagnostics.push(problem);
    this.#reported.add(id);
    return undefined;
  }
}
