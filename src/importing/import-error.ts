import { UserError } from "../model/user-error.ts";

/** An import cannot be done as requested. */
export class ImportError extends UserError {
  constructor(summary: string, advice: string, code = "import") {
    super(code, summary, { advice });
  }
}
