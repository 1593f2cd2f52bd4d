/**
 * A parameter that resolves a problem without a change to the configuration or to Front. The command line maps it to an
 * option, because the library does not depend on the options.
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
  | {
      readonly kind:
        | "accept-fewer-contacts"
        | "allow-duration"
        | "choose-directory"
        | "compare-with-base"
        | "create-plan"
        | "import-elsewhere"
        | "inspect-contacts"
        | "limit-requests"
        | "map-columns"
        | "move-handles"
        | "pipe-token"
        | "read-all-contacts"
        | "resolve-conflicts"
        | "skip-journal"
        | "update-schema";
    };
