/** A way to resolve a problem. The command line adds the option or command to the advice. */
export type Remedy =
  /** Allow `count` changes, removals or requests. */
  | { readonly kind: "allow-changes" | "allow-removals" | "allow-requests"; readonly count: number }
  /**
   * Undo the run again with these options. `run` is the ID or the plan file of the run. `changes` and `removals` are the
   * numbers to allow. `overwrite` contains addresses, or address globs, of resources to restore even if they changed
   * after the run. `detached` is true if the configuration is not used.
   */
  | {
      readonly kind: "repeat-undo";
      readonly run: string;
      readonly changes?: number | undefined;
      readonly removals?: number | undefined;
      readonly overwrite: readonly string[];
      readonly detached?: boolean | undefined;
    }
  /** Specify the directory of the configuration at a revision. */
  | { readonly kind: "set-base-directory"; readonly revision: string; readonly directory?: string | undefined }
  /** Accept or overwrite changes made in Front. `accounts` is true if they include the account of a contact. */
  | { readonly kind: "resolve-conflicts"; readonly accounts: boolean }
  | { readonly kind: "start-emulator"; readonly port: string }
  | { readonly kind: "exclude-resource"; readonly address: string }
  /**
   * Map columns of a table. `mapping` is a suggestion, such as `name=Name,email=Email`. `separator` is the text between
   * several values in a cell.
   */
  | {
      readonly kind: "map-columns";
      readonly mapping?: string | undefined;
      readonly separator?: string | undefined;
    }
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
        | "overwrite-changes"
        | "pipe-token"
        | "read-all-contacts"
        | "skip-journal"
        | "undo-saved-plan"
        | "update-schema";
    };
