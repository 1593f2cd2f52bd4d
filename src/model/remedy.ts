/**
 * A parameter that avoids a problem without a change to the files or in Front. The command line shows the name of the
 * corresponding option, which the library does not know.
 */
export type Remedy =
  /** Allow this number of changes, removals or requests in this run. */
  | { readonly kind: "allow-changes" | "allow-removals" | "allow-requests"; readonly count: number }
  /** Undo the run even for the values of this resource that changed in Front since. `run` is its id or plan file. */
  | { readonly kind: "undo-overwriting"; readonly run: string; readonly address: string }
  /** Delete the contacts and accounts that the run created. `count` is their number, `run` the id or plan file. */
  | { readonly kind: "undo-removing"; readonly run: string; readonly count: number }
  /** Specify the directory that contained the configuration at a revision. */
  | { readonly kind: "name-base-directory"; readonly revision: string; readonly directory?: string | undefined }
  | { readonly kind: "start-emulator"; readonly port: string }
  | {
      readonly kind:
        | "accept-shrink"
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
