import type { Diagnostic } from "../model/diagnostic.ts";
import type { UncheckedConfig } from "./unchecked-config.ts";

/** What a rule has found; its code is the rule's name, and it is an error unless it says otherwise. */
export type Finding = Omit<Diagnostic, "code" | "severity"> & { readonly severity?: "warning" };

/** What all files say together. */
export interface Checked extends UncheckedConfig {
  /** Whether every file could be understood. Rules about what is missing hold their tongue when not. */
  readonly complete: boolean;
}

export type Rule = (checked: Checked) => Iterable<Finding>;
