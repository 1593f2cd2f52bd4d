import { type Diagnostic, warningAt } from "../model/diagnostic.ts";
import type { Drift } from "../model/plan.ts";
import { plural } from "../model/plural.ts";

/** Returns warnings about the resources that changed both in the configuration and in Front since the base. */
export function warnConflicts(drift: readonly Drift[], noun: "contact" | "account" = "contact"): Diagnostic[] {
  const conflicts = drift.filter(({ origin }) => origin === "both");
  const deleted = conflicts.filter(({ deletes }) => deletes === true);
  const missing = conflicts.filter(({ action }) => action === "delete");
  const changed = conflicts.filter((conflict) => !deleted.includes(conflict) && !missing.includes(conflict));
  return [
    ...warn(changed, noun, {
      summary: "changed both in the configuration and in Front; the values in Front are not overwritten",
      advice: "Import the values from Front to accept them, or overwrite them.",
      remedy: { kind: "resolve-conflicts", accounts: changed.some(hasAccountConflict) },
    }),
    ...warn(deleted, noun, {
      summary: "changed in Front and are not deleted, although the configuration deletes them",
      singular: "changed in Front and is not deleted, although the configuration deletes it",
      advice: "To keep a resource, restore its entry or row. To delete it, overwrite the changes made in Front.",
      remedy: { kind: "overwrite-changes" },
    }),
    ...warn(missing, noun, {
      summary: "no longer have a match in Front, but their entries changed; they are not created again",
      singular: "no longer has a match in Front, but its entry changed; it is not created again",
      advice:
        "To accept a deletion, remove the entry. To create the resource again, overwrite the changes made in Front.",
      remedy: { kind: "overwrite-changes" },
    }),
  ];
}

function hasAccountConflict({ differences }: Drift): boolean {
  return differences.some(({ attribute, origin }) => attribute === "account" && origin === "both");
}

interface Texts extends Pick<Diagnostic, "summary" | "advice" | "remedy"> {
  /** The summary for one resource, if it differs. */
  readonly singular?: string;
}

function warn(
  drift: readonly Drift[],
  noun: string,
  { summary, singular = summary, advice, remedy }: Texts,
): Diagnostic[] {
  const [first] = drift;
  if (first === undefined) return [];
  const text = plural(drift.length, `${noun} ${singular}`, `${noun}s ${summary}`);
  return [warningAt(first.location, "base-conflict", text, advice, remedy)];
}
