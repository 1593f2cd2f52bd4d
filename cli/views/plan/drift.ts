import {
  type AttributeValue,
  type Difference,
  type Drift,
  escapeText,
  isListAddress,
  isOverwriting,
  type Plan,
  type RemovedEntry,
  splitAddress,
} from "../../../src/internal.ts";
import { quotedCommand, updateCommand } from "../advice.ts";
import { plural, quoted, shellQuote } from "../text.ts";
import { excerptsOf, isMember, lineOf, quotedValue, shortHash } from "./change-lines.ts";
import { plainValue } from "./totals-text.ts";

type PlanBase = NonNullable<Plan["base"]>;

export interface DriftSection {
  readonly title: string;
  readonly entries: readonly (readonly string[])[];
  readonly advice?: string;
}

export function driftSections({ base }: Plan, contacts = "contacts"): DriftSection[] {
  if (base === undefined) return [];
  const { drift, removedEntries } = base;
  const revision = escapeText(base.revision);
  return [
    {
      title: `Changed in Front since ${revision} and not overwritten:`,
      entries: drift.map(describeDrift),
      advice: adviseOnDrift(base, contacts),
    },
    {
      title: `No longer managed, because the entry was removed from the configuration since ${revision}; the plan does not delete the resource:`,
      entries: removedEntries.filter(({ address }) => !isListAddress(address)).map(describeRemovedEntry),
      advice: "To delete such a resource, declare it again with ensure: absent.",
    },
    {
      title: `No longer managed, because the declaration was removed from the configuration since ${revision}; the plan does not delete the list:`,
      entries: removedEntries.filter(({ address }) => isListAddress(address)).map(describeRemovedEntry),
      advice: "To delete such a list, declare it again with ensure: absent.",
    },
  ].filter(({ entries }) => entries.length > 0);
}

/**
 * Returns advice on how to accept or overwrite drift. An import can accept neither the deletion of a resource, nor a
 * resource that the configuration deletes.
 */
function adviseOnDrift(base: PlanBase, contacts: string): string {
  const updated = base.drift.filter(({ action, deletes }) => action === "update" && !deletes);
  const differences = updated.flatMap((drift) => drift.differences);
  const onlyInFront = differences.filter(({ origin }) => origin !== "both");
  const command =
    onlyInFront.length === 0
      ? updateCommand({ accounts: differences.some(isAccountLink) }, contacts)
      : importCommand(base, onlyInFront, contacts);
  const hasMissing = base.drift.some(({ action }) => action === "delete");
  const steps = [
    ...(updated.length === 0 ? [] : [`run ${command}`]),
    ...(hasMissing ? ["correct or remove entries without a match"] : []),
  ];
  const deleted = base.drift.filter(({ deletes }) => deletes);
  return [
    ...(steps.length === 0 ? [] : [`To accept the changes in Front, ${steps.join(", and ")}.`]),
    ...(deleted.length === 0 ? [] : [adviseKeeping(deleted)]),
    "To overwrite the changes in Front, run plan or apply again with --overwrite.",
  ].join(" ");
}

function adviseKeeping(deleted: readonly Drift[]): string {
  const isRow = ({ address }: Drift) => splitAddress(address).index !== undefined;
  const steps = [
    ...(deleted.every(isRow) ? [] : ["remove ensure: absent from its entry"]),
    ...(deleted.some(isRow) ? ["restore its row"] : []),
  ];
  return `To keep a resource that the configuration deletes, ${steps.join(" or ")}.`;
}

/**
 * Returns advice on how to accept the changes made in Front that a plan would overwrite; empty if there are none. Values
 * that also changed in the configuration need a different command.
 */
export function importAdvice({ changes, base, undoes }: Plan, contacts = "contacts"): string[] {
  if (undoes !== undefined) return [];
  const overwritten = changes.flatMap(({ differences }) => differences.filter(isOverwriting));
  if (overwritten.length === 0) return [];
  const onlyInFront = overwritten.filter(({ origin }) => origin === "front");
  const alsoInFiles = overwritten.filter(({ origin }) => origin !== "front");
  const command = updateCommand({ accounts: alsoInFiles.some(isAccountLink) }, contacts);
  if (onlyInFront.length === 0) {
    return [`To accept the values in Front instead of overwriting them, run ${command}.`, ""];
  }
  return [
    `To accept the changes made in Front instead of overwriting them, run ${importCommand(base, onlyInFront, contacts)}.`,
    ...(alsoInFiles.length === 0 ? [] : [`To accept values that also changed in the configuration, run ${command}.`]),
    "",
  ];
}

function importCommand(
  base: PlanBase | undefined,
  differences: readonly { readonly attribute: string }[],
  contacts: string,
): string {
  const accounts = differences.some(isAccountLink) ? " --accounts" : "";
  const revision = base === undefined ? "" : ` --base ${shellQuote(base.revision)}`;
  return quotedCommand("import", contacts, `--update${accounts} --changed-in-front${revision}`);
}

/** An import updates the accounts of contacts only with an option. */
function isAccountLink({ attribute }: { readonly attribute: string }): boolean {
  return attribute === "account";
}

function describeRemovedEntry({ address, location }: RemovedEntry): string[] {
  return [`${escapeText(address)} (${lineOf(location)})`];
}

/** Returns a note for the beginning of a plan; undefined if the plan has no drift. */
export function driftNote(plan: Plan): string | undefined {
  const count = describeDriftCount(plan);
  return count && `Changed in Front since ${escapeText(plan.base?.revision ?? "")} and not overwritten: ${count}.`;
}

/** Returns text such as `2 contacts and 1 account`; undefined if the plan has no drift. */
export function describeDriftCount({ base }: Plan): string | undefined {
  const drift = base?.drift ?? [];
  const accounts = drift.filter(({ address }) => splitAddress(address).type === "front_account").length;
  const contacts = drift.reduce(
    (sum, { address, differences }) => sum + (isListAddress(address) ? differences.length : 1),
    -accounts,
  );
  const counts = [
    ...(contacts === 0 ? [] : [plural(contacts, "contact")]),
    ...(accounts === 0 ? [] : [plural(accounts, "account")]),
  ];
  return counts.length === 0 ? undefined : counts.join(" and ");
}

/** The entry may also be new and not applied yet, so the texts do not state that the resource changed in Front. */
const EVENTS: Readonly<Record<Exclude<Drift["action"], "update">, string>> = {
  create: "exists in Front, but the configuration deletes it",
  delete: "has no match in Front, but the configuration declares it",
};

function describeDrift(drift: Drift): string[] {
  const { address, action, origin, location, deletes, differences } = drift;
  const event = action === "update" ? (deletes ? " would be deleted, but changed in Front" : "") : ` ${EVENTS[action]}`;
  const conflict = origin === "both" && action === "delete" ? " (conflict: also changed in the configuration)" : "";
  return [
    `${escapeText(address)}${event}${conflict}`,
    lineOf(location),
    ...differences.map((difference) => `  ${describeDifference(difference, deletes)}`),
  ];
}

function describeDifference(difference: Difference, deletes: boolean | undefined): string {
  const { attribute, key, before, after, base, origin, defaultLocation } = difference;
  if (deletes) return `${labelOf(attribute, key)}: ${valueText(before)} in Front, ${valueText(base)} at the base`;
  const from = defaultLocation === undefined ? "" : ` (default in ${lineOf(defaultLocation)})`;
  const suffix = `${from}${origin === "both" ? " (conflict)" : ""}`;
  if (attribute === "handles" || attribute === "links" || attribute === "lists" || attribute === "members") {
    return `${attribute}: ${valueText(before ?? after)} ${before === undefined ? "removed" : "added"} in Front${suffix}`;
  }
  const [inFront, inFiles, atBase] =
    attribute === "avatar"
      ? [before, after, base].map(avatarText)
      : [...excerptsOf(before, after), base].map(valueText);
  const sides = [`${inFront} in Front`, `${inFiles} in the configuration`];
  const values = origin === "both" ? [...sides, `${atBase} at the base`] : sides;
  return `${labelOf(attribute, key)}: ${values.join(", ")}${suffix}`;
}

function labelOf(attribute: string, key: string | undefined): string {
  return attribute === "custom_fields" && key !== undefined ? `custom field ${quoted(key)}` : attribute;
}

/** The hash distinguishes the picture in the configuration from the picture at the base, which may have the same path. */
function avatarText(value: AttributeValue | undefined): string {
  const isFile = typeof value === "string" && value.startsWith("sha256:");
  return isFile ? `a picture file (${shortHash(value)})` : valueText(value);
}

function valueText(value: AttributeValue | undefined): string {
  if (value === undefined || value === null || value === "") return "nothing";
  return isMember(value) ? quoted(plainValue(value)) : quotedValue(value);
}
