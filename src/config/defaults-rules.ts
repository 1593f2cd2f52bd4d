import { posix } from "node:path";
import { LIMITS } from "../model/limits.ts";
import { isDefaultsFile } from "./defaults.ts";
import { type CheckedConfig, duplicates, type Finding } from "./rule.ts";
import type { UncheckedContact } from "./unchecked-config.ts";

/** Yields defaults outside defaults files. */
export function* misplacedDefaults({ defaults }: CheckedConfig): Iterable<Finding<"defaults-misplaced">> {
  for (const { location } of defaults.filter((declaration) => !isDefaultsFile(declaration.location.file))) {
    yield { parameters: { path: posix.join(posix.dirname(location.file), "defaults.yaml") }, location };
  }
}

/** Yields defaults in directories that already have defaults. */
export function* repeatedDefaults({ defaults }: CheckedConfig): Iterable<Finding<"defaults-twice">> {
  const keyed = defaults
    .filter(({ location }) => isDefaultsFile(location.file))
    .map(({ location }) => ({ key: posix.dirname(location.file), location }));
  for (const { item, related } of duplicates(keyed)) {
    yield { parameters: { directory: item.key }, location: item.location, related };
  }
}

/** Yields the collections that exceed a limit because of defaults. */
export function* tooManyWithDefaults(contact: UncheckedContact): Iterable<Finding<"defaults-too-many">> {
  const { key, location, inherited, links = [], lists = [], customFields = [] } = contact;
  if (inherited === undefined) return;
  const counts = [
    { collection: "lists", count: lists.length, limit: LIMITS.lists },
    { collection: "links", count: links.length, limit: LIMITS.entries },
    { collection: "custom fields", count: customFields.length, limit: LIMITS.entries },
  ];
  for (const parameters of counts.filter(({ count, limit }) => count > limit)) {
    yield { parameters: { key, ...parameters }, location };
  }
}
