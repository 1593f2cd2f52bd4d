import type { Diagnostic, SourceLocation } from "../../model/diagnostic.ts";
import { type ConfigCode, configProblem, type MessageParameters } from "../messages.ts";
import type { UncheckedContact } from "../unchecked-config.ts";

/** The contacts and problems from the rows of a table that have been read so far. */
export class LoadedTable {
  readonly contacts: UncheckedContact[] = [];
  /** The keys of rows that were skipped because they have no handle. */
  readonly skippedRows: string[] = [];
  readonly diagnostics: Diagnostic[] = [];
  errorCount = 0;

  /** Adds a diagnostic. Returns undefined, so that a caller can report and return in one statement. */
  report<Code extends ConfigCode>(
    code: Code,
    parameters: MessageParameters<Code>,
    location: SourceLocation,
    related?: Diagnostic["related"],
  ): undefined {
    const diagnostic = configProblem(code, parameters, { location, related });
    this.diagnostics.push(diagnostic);
    if (diagnostic.severity === "error") this.errorCount += 1;
  }
}
