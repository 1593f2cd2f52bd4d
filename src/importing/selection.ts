import { explainInvalidHandle } from "../config/handle-rules.ts";
import type { DeclaredAccount } from "../model/account.ts";
import { type DesiredContact, HANDLE_SOURCES, type Handle } from "../model/contact.ts";

/** The contacts in Front to import. */
export interface Selection {
  readonly all: boolean;
  /** Names or ids of lists whose members are imported. */
  readonly lists: readonly string[];
  readonly contacts: readonly ContactQuery[];
  /** Existing entries to update, whose contacts are looked up. */
  readonly entries?: readonly DesiredContact[];
  /** Existing accounts to update. */
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
