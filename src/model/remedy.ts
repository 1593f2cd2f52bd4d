/**
 * A way to resolve a problem. The command line adds the corresponding option or command to the advice, because the
 * library does not depend on the command line.
 */
export type Remedy =
  /** Allow this number of changes, removals or requests in this run. */
  | { readonly kind: "allow-changes" | "allow-removals" | "allow-requests"; readonly count: number }
  /**
   * Also undo values of this resource that changed in Front after the run. `run` is the id or the plan file of the run.
   */
  | { readonly kind: "overwrite-on-undo"; readonly run: string; readonly address: string }
  /** Delete the contacts and accounts that the run created. `count` is their number. */
  | { readonly kind: "remove-on-undo"; readonly run: string; readonly count: number }
  /** Specify the directory that contained the configuration at a revision. */
  | { readonly kind: "set-base-directory"; readonly revision: string; readonly directory?: string | undefined }
  | { readonly kind: "start-emulator"; readonly port: string }
  /** Map the columns of a table. `mapping` is a suggestion, such as `name=Name,email=Email`. */
  | { readonly kind: "map-columns"; readonly mapping?: string | undefined }
  | {
      readonly kind:
        | "accept-fewer-contacts"
        | "allow-duration"
        | "choose-directory"
        | "compare-with-base"
        | "create-configuration"
        | "create-plan"
        | "import-contacts"
        | "import-elsewhere"
        | "initialize"
        | "inspect-contacts"
        | "limit-requests"
        | "list-runs"
        | "move-handles"
        | "pipe-token"
        | "read-all-contacts"
        | "resolve-conflicts"
        | "skip-journal"
        | "undo-saved-plan"
        | "update-schema";
    };
