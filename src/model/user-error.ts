import type { Diagnostic, SourceLocation } from "./diagnostic.ts";
import type { DiagnosticCode } from "./diagnostic-codes.ts";
import { omitUndefined } from "./omit-undefined.ts";
import type { Remedy } from "./remedy.ts";

export interface UserErrorOptions {
  /** The next steps, in complete sentences. */
  readonly advice: string;
  readonly remedy?: Remedy | undefined;
  /** Additional information about the problem, in complete sentences. */
  readonly detail?: string | undefined;
  readonly location?: SourceLocation | undefined;
  readonly cause?: unknown;
}

/** An error with advice for the user. */
export class UserError extends Error {
  /** A stable identifier, such as `file-not-written`. */
  readonly code: DiagnosticCode;
  /** Additional information about the problem, in complete sentences. */
  readonly detail: string | undefined;
  /** The next steps, in complete sentences. */
  readonly advice: string;
  readonly remedy: Remedy | undefined;
  readonly location: SourceLocation | undefined;

  /**
   * Creates an error. `summary` is one line without a trailing period. It may contain untrusted text, which views
   * escape.
   */
  constructor(code: DiagnosticCode, summary: string, { advice, remedy, detail, location, cause }: UserErrorOptions) {
    super(summary, cause === undefined ? {} : { cause });
    this.name = new.target.name;
    this.code = code;
    this.detail = detail;
    this.advice = advice;
    this.remedy = remedy;
    this.location = location;
  }

  get summary(): string {
    return this.message;
  }

  /** Returns an error for a diagnostic that the caller cannot recover from. */
  static from({ code, summary, advice, remedy, location }: Diagnostic): UserError {
    return new UserError(code, summary, { advice, remedy, location });
  }

  /** Returns a copy with additional advice, such as an option that solves the problem. */
  withAdvice(addition: string): UserError {
    const { code, summary, detail, advice, remedy, location } = this;
    return new UserError(code, summary, { detail, advice: `${advice} ${addition}`, remedy, location, cause: this });
  }

  toDiagnostic(): Diagnostic {
    const { code, summary, detail, remedy, location } = this;
    const advice = detail === undefined ? this.advice : `${detail} ${this.advice}`;
    return { severity: "error", code, summary, advice, ...omitUndefined({ remedy, location }) };
  }
}
