import { explainInvalidHandle } from "../config/handle-rules.ts";
import { didYouMeanName } from "../config/message-parts.ts";
import type { DeclaredAccount } from "../model/account.ts";
import { type DesiredContact, HANDLE_SOURCES, type Handle, type List } from "../model/contact.ts";
import { groupDigits } from "../model/plural.ts";
import { suggest } from "../model/suggest.ts";
import { ImportError } from "./entry.ts";

export interface Selection {
  readonly all: boolean;
  /** Names or IDs of lists whose members are imported. */
  readonly lists: readonly string[];
  readonly contacts: readonly ContactQuery[];
  /** Existing entries to update. Their contacts are looked up. */
  readonly entries?: readonly DesiredContact[];
  readonly accounts?: readonly DeclaredAccount[];
}

export type ContactQuery = Handle | { readonly id: string };

/** Parses `crd_…`, an email address, a phone number or `source:handle`; undefined if the text is none of these. */
export function parseContactQuery(text: string): ContactQuery | undefined {
  if (/^crd_[0-9a-zA-Z]+$/.test(text)) return { id: text };
  const [, source = "", handle = ""] = /^([a-z_]+):(.+)$/.exec(text) ?? [];
  if ((HANDLE_SOURCES as readonly string[]).includes(source)) return { source, handle };
  const guesses = [
    { source: "email", handle: text },
    ...(/^\+?\d/.test(text) ? [{ source: "phone", handle: text }] : []),
  ];
  return guesses.find((guess) => explainInvalidHandle(guess) === undefined);
}

/** Returns the lists with these names or IDs. Throws an `ImportError` if a name is unknown or ambiguous. */
export function findLists(names: readonly string[], lists: readonly List[]): List[] {
  return names.map((name) => {
    const [found, ...others] = lists.filter((list) => list.id === name || list.name === name);
    if (others.length > 0) {
      const ids = lists.filter((list) => list.name === name).map(({ id }) => id);
      throw new ImportError(`Front has more than one list named "${name}"`, `Use one of the IDs: ${ids.join(", ")}.`);
    }
    if (found !== undefined) return found;
    throw new ImportError(`Front has no contact list "${name}"`, adviseUnknownList(name, lists));
  });
}

const MAX_LISTED = 10;

function adviseUnknownList(name: string, lists: readonly List[]): string {
  const names = lists.map((list) => list.name);
  const suggestion = suggest(name, names);
  if (suggestion !== undefined) return didYouMeanName(name, suggestion, "");
  if (names.length === 0)
    return "The company has no contact lists. Specify contacts by handle or ID, or import all contacts.";
  const quoted = names.slice(0, MAX_LISTED).map((listName) => `"${listName}"`);
  const others = names.length > MAX_LISTED ? `, and ${groupDigits(names.length - MAX_LISTED)} more` : "";
  return `The lists are ${quoted.join(", ")}${others}. Names are case-sensitive.`;
}
