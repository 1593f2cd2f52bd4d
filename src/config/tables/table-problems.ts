import type { Diagnostic, SourceLocation } from "../../model/diagnostic.ts";
import { type ConfigCode, configProblem, type Parameters } from "../messages.ts";

/** Collects the problems of a table. */
export class TableProblems {
  readonly diagnostics: Diagnostic[] = [];
  /** The number of errors among the diagnostics. */
  errorCount = 0;

  /** Adds a problem. Returns undefined, so that a caller can report and return in one statement. */
  report<Code extends ConfigCode>(
    code: Code,
    parameters: Parameters<Code>,
    location: SourceLocation,
    related?: Diagnostic["related"],
  ): undefined {
    this.add(configProblem(code, parameters, { location, related }));
  }

  add(diagnostic: Diagnostic): void {
    this.diagnostics.push(diagnostic);
    if (diagnostic.severity === "error") this.errorCount += 1;
  }
}
