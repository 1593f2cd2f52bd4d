import { isDeepStrictEqual } from "node:util";
import { valueOfField } from "../config/field-cells.ts";
import type { AccountReference } from "../config/unchecked-accounts.ts";
import type { UncheckedContact } from "../config/unchecked-config.ts";
import type { UncheckedField } from "../config/written-values.ts";
import type { ConfigValue } from "../model/contact.ts";
import { normalText } from "../model/field-values.ts";
import type { DeclaredHandle } from "../model/handle.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { EntryField } from "./entry.ts";

type ItemProperty = "handles" | "links" | "lists";

/** A handle, link or list. Columns that can contain it are mapped to the property with this `propertyId`. */
export interface Item {
  readonly propertyId: string;
  readonly text: string;
}

export function handleItem({ source, handle, written }: DeclaredHandle): Item {
  return { propertyId: `handle ${source}`, text: written ?? handle };
}

export function collectionItems(contact: UncheckedContact, property: ItemProperty): Item[] {
  if (property === "handles") return contact.handles.map(handleItem);
  if (property === "links") return (contact.links ?? []).map(({ text }) => ({ propertyId: "links", text }));
  return (contact.lists ?? []).map((list) => ({ propertyId: "lists", text: "name" in list ? list.name : list.id }));
}

export function hasExactItems(property: ItemProperty, items: readonly Item[]): (contact: UncheckedContact) => boolean {
  const keysOf = (found: readonly Item[]) => [...new Set(found.map(keyOfItem))].sort();
  return (contact) => isDeepStrictEqual(keysOf(collectionItems(contact, property)), keysOf(items));
}

export function keyOfItem({ propertyId, text }: Item): string {
  return `${propertyId} ${normalText(text)}`;
}

/** Returns the value of a cell, converted to the type of the value in Front. */
export function valueIn({ value, isCell }: UncheckedField, remote: EntryField | undefined): ConfigValue | null {
  if (value === null || remote?.type === undefined) return value;
  return valueOfField(omitUndefined({ value, isCell }), remote.type);
}

export function textOfReference(account: AccountReference): string {
  if ("key" in account) return account.key;
  if ("domain" in account) return account.domain;
  return "id" in account ? account.id : account.externalId;
}

/** Returns the values of a row by property, without the property `except`. */
export function contentOf(contact: UncheckedContact, except: string): ReadonlyMap<string, unknown> {
  const { key, name, description, account, customFields = [] } = contact;
  const content = new Map<string, unknown>([
    ["key", key],
    ["name", name],
    ["description", description],
    ["account", account && textOfReference(account)],
    ...(["handles", "links", "lists"] as const).map(
      (property) => [property, collectionItems(contact, property)] as const,
    ),
    ...customFields.map(({ name: field, value }) => [`custom field ${field}`, value] as const),
  ]);
  content.delete(except);
  return content;
}
