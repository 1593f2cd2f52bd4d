import type { ResolvedContact } from "../config/resolve-references.ts";
import type { Difference } from "../model/change.ts";
import type { InheritedValue } from "../model/contact.ts";
import type { SourceLocation } from "../model/diagnostic.ts";
import { pathOf } from "./base-origins.ts";

/**
 * Adds the location of the default to each difference that a default causes. If a default makes a collection exact, it
 * causes the removals from this collection.
 */
export function withDefaultLocations(
  differences: readonly Difference[],
  { desired, lists = [] }: Pick<ResolvedContact, "desired" | "lists">,
): readonly Difference[] {
  const { inherited } = desired;
  if (inherited === undefined || differences.length === 0) return differences;
  const locations = new Map(inherited.map((value) => [pathOf(valuePath(value, lists)), value.location]));
  return differences.map((difference) => {
    const isRemoved = difference.after === undefined && difference.key !== undefined;
    const location =
      locations.get(pathOf(difference)) ?? (isRemoved ? exactLocation(difference, inherited) : undefined);
    return location === undefined ? difference : { ...difference, defaultLocation: location };
  });
}

/** Returns the attribute and the key of an inherited value. The key of a list is its label. */
function valuePath({ attribute, key }: InheritedValue, lists: NonNullable<ResolvedContact["lists"]>) {
  const label = attribute === "lists" ? lists.find(({ id, name }) => id === key || name === key)?.label : undefined;
  return { attribute, key: label ?? key };
}

function exactLocation({ attribute }: Difference, inherited: readonly InheritedValue[]): SourceLocation | undefined {
  return inherited.find((value) => value.attribute === "exact" && value.key === attribute)?.location;
}
