import type { DesiredContact, DesiredState } from "../model/contact.ts";
import { canonicalJson } from "../model/fingerprint.ts";
import { contactAddress } from "../model/plan.ts";
import { type Refusal, refuse } from "./refusal.ts";

/** The part of a saved plan's desired state that the configuration files still say. */
export interface Bound {
  readonly desired: DesiredState;
  readonly refusals: readonly Refusal[];
}

/**
 * Returns the desired state of a saved plan without the entries that differ from the configuration files, each with a
 * refusal. Settings and lists that may be created are those of the files. Where an entry is located does not matter.
 */
export function bindToFiles(saved: DesiredState, files: DesiredState): Bound {
  const entries = new Map(files.contacts.map((entry) => [entry.key, entry]));
  const declared = new Set(files.lists.map(({ name }) => name));
  const refusals = saved.contacts.flatMap((entry) => refusalOf(entry, entries.get(entry.key)));
  const refused = new Set(refusals.map(({ address }) => address));
  return {
    desired: {
      ...saved,
      contacts: saved.contacts.filter(({ key }) => !refused.has(contactAddress(key))),
      lists: saved.lists.filter(({ name }) => declared.has(name)),
      settings: files.settings,
    },
    refusals,
  };
}

function refusalOf(saved: DesiredContact, inFiles: DesiredContact | undefined): Refusal[] {
  const { key } = saved;
  const differing = inFiles === undefined ? [] : differingProperties(saved, inFiles);
  if (inFiles !== undefined && differing.length === 0) return [];
  const summary =
    inFiles === undefined
      ? `${key} is in this plan, but not in the configuration`
      : `${key} in this plan differs from the configuration: ${differing.join(", ")}`;
  return [refuse(contactAddress(key), { code: "differs-from-files", summary, location: inFiles?.location })];
}

function differingProperties(saved: DesiredContact, inFiles: DesiredContact): string[] {
  const [a, b] = [new Map(Object.entries(saved)), new Map(Object.entries(inFiles))];
  const names = [...new Set([...a.keys(), ...b.keys()])].filter((name) => name !== "location");
  return names.filter((name) => withoutPlaces(a.get(name)) !== withoutPlaces(b.get(name))).map(inWordsOfFiles);
}

function withoutPlaces(value: unknown): string {
  return canonicalJson([value], (name) => name !== "location" && name !== "nameLocation");
}

function inWordsOfFiles(property: string): string {
  return property === "customFields" ? "custom_fields" : property;
}
