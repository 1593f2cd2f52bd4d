import { posix } from "node:path";
import { explainInvalidHandle } from "../config/handle-rules.ts";
import { type ContactPage, type FrontApi, FrontError, undecodableContactOf } from "../front/api.ts";
import { type Match, matchContacts, RemoteContactIndex } from "../matching/match.ts";
import {
  type DeclaredField,
  type DesiredContact,
  HANDLE_SOURCES,
  type Handle,
  type List,
  type RemoteContact,
  type UndecodableContact,
} from "../model/contact.ts";
import { hasErrors } from "../model/diagnostic.ts";
import { suggest } from "../model/suggest.ts";
import { UserError } from "../model/user-error.ts";
import { checkCompany } from "../planning/plan-changes.ts";
import { findContactByHandle } from "../reading/handle-lookup.ts";
import { type AvatarCache, findUnchangedAvatars } from "../reading/read-remote-state.ts";
import type { Arrival } from "./import.ts";
import { ImportError } from "./import-error.ts";
import { Importing, type ImportReport, type ImportTarget } from "./import-into.ts";
import { UNFIT_PICTURE } from "./picture-files.ts";
import { type EntryContext, type ImportWarning, labelOf, toEntry } from "./to-entry.ts";
import type { EntryUpdate } from "./update-entry.ts";

/** Whom to import. */
export interface Selection {
  readonly all: boolean;
  /** Names or ids. */
  readonly lists: readonly string[];
  readonly contacts: readonly ContactQuery[];
}

export type ContactQuery = Handle | { readonly id: string };

export interface FrontImportOptions {
  readonly update?: boolean;
  /** Usually so. */
  readonly avatars?: boolean;
  readonly pictures?: AvatarCache;
  readonly onProgress?: (contactsRead: number) => void;
}

/** Also when Front could not be read to the end: then what was read is written, and the rest is had by repeating it. */
export interface FrontImport extends ImportReport {
  readonly read: number;
  readonly failure?: FrontError;
}

/** A word of the command line: `crd_…`, an email, a phone number, or `source:handle`. */
export function parseContactQuery(word: string): ContactQuery | undefined {
  if (/^crd_[0-9a-zA-Z]+$/.test(word)) return { id: word };
  const [, source = "", handle = ""] = /^([a-z_]+):(.+)$/.exec(word) ?? [];
  if (HANDLE_SOURCES.some((known) => known === source)) return { source, handle };
  const guesses = [
    { source: "email", handle: word },
    ...(/^\+?\d/.test(word) ? [{ source: "phone", handle: word }] : []),
  ];
  return guesses.find((guess) => explainInvalidHandle(guess) === undefined);
}

/** Writes contacts of Front into files. Sends nothing but GET. */
export async function importFromFront(
  target: ImportTarget,
  front: FrontApi,
  selection: Selection,
  options: FrontImportOptions = {},
): Promise<FrontImport> {
  const { desired } = target.home;
  const company = await front.me();
  const [mismatch] = checkCompany(desired, company);
  if (mismatch !== undefined && hasErrors([mismatch])) throw UserError.from(mismatch);
  const [fields, lists] = await Promise.all([front.customFields(), front.contactLists()]);
  const declared = new Map(desired.customFields.map((field): [string, DeclaredField] => [field.name, field]));
  const run = new FrontImporting(target, front, { fields, lists, declared }, options);
  return await run.run(selection);
}

class FrontImporting {
  readonly #target: ImportTarget;
  readonly #front: FrontApi;
  readonly #context: EntryContext;
  readonly #options: FrontImportOptions;
  readonly #importing: Importing;
  /** Of those that some file declares: who is who is told by all of them together. */
  readonly #holders = new RemoteContactIndex();
  #read = 0;

  constructor(target: ImportTarget, front: FrontApi, context: EntryContext, options: FrontImportOptions) {
    this.#target = target;
    this.#front = front;
    this.#context = context;
    this.#options = options;
    this.#importing = new Importing(target, { keep: options.update ?? false });
  }

  async run(selection: Selection): Promise<FrontImport> {
    const pages = this.#pages(selection, this.#listsOf(selection));
    try {
      for await (const contacts of pages) await this.#take(contacts);
    } catch (error) {
      this.#importing.flush();
      if (!(error instanceof FrontError)) throw error;
      return { ...this.#importing.report(), read: this.#read, failure: error };
    }
    this.#importing.flush();
    if (this.#options.update) await this.#update(selection);
    return { ...this.#importing.report(), read: this.#read };
  }

  async *#pages({ all, contacts }: Selection, lists: readonly List[]): AsyncGenerator<readonly RemoteContact[]> {
    const seen = new Set<string>();
    const unseen = ({ contacts, undecodable }: Pick<ContactPage, "contacts" | "undecodable">) => {
      for (const contact of undecodable) this.#skip(contact, seen);
      return contacts.filter(({ id }) => !seen.has(id) && seen.add(id));
    };
    if (all) for await (const page of this.#front.contacts()) yield unseen(page);
    for (const sought of contacts) yield unseen(await this.#seek(sought));
    for (const { id } of lists) {
      for await (const page of this.#front.listMembers(id)) yield unseen(page);
    }
  }

  #skip({ id, problem }: UndecodableContact, seen: Set<string>): void {
    if (id !== undefined && seen.has(id)) return;
    if (id !== undefined) seen.add(id);
    this.#importing.remark({ kind: "undecodable", text: `contact ${id ?? "without an id"}: ${problem}` });
  }

  async #seek(sought: ContactQuery): Promise<Pick<ContactPage, "contacts" | "undecodable">> {
    const { found, undecodable } = await orUndecodable(
      "id" in sought ? this.#front.contact(sought.id) : findContactByHandle(this.#front, sought),
    );
    if (found !== undefined) return { contacts: [found], undecodable: [] };
    if (undecodable !== undefined) return { contacts: [], undecodable: [undecodable] };
    const named = "id" in sought ? `contact ${sought.id}` : `contact with ${sought.source} ${sought.handle}`;
    this.#importing.remark({ kind: "not-found", text: `Front has no ${named}` });
    return { contacts: [], undecodable: [] };
  }

  #listsOf({ lists: names }: Selection): List[] {
    const { lists } = this.#context;
    return names.map((name) => {
      const [found, another] = lists.filter((list) => list.id === name || list.name === name);
      if (another !== undefined) {
        const ids = lists.filter((list) => list.name === name).map(({ id }) => id);
        throw new ImportError(`Front has more than one list "${name}"`, `Write --list and one of ${ids.join(", ")}.`);
      }
      if (found !== undefined) return found;
      const near = suggest(
        name,
        lists.map((list) => list.name),
      );
      const advice = near === undefined ? "Names are case-sensitive." : `Did you mean "${near}"?`;
      throw new ImportError(`Front has no contact list "${name}"`, advice);
    });
  }

  async #take(contacts: readonly RemoteContact[]): Promise<void> {
    const arrivals = contacts.map((contact) => this.#arrivalOf(contact));
    if (this.#options.update) {
      for (const contact of contacts) if (this.#importing.owners.of(contact)) this.#holders.add(contact);
    }
    await this.#importing.take(arrivals);
    this.#read += contacts.length;
    this.#options.onProgress?.(this.#read);
  }

  #arrivalOf(contact: RemoteContact): Arrival {
    const { id, handles, avatarUrl: url } = contact;
    const { avatars = true, pictures } = this.#options;
    return {
      id,
      handles,
      label: labelOf(contact),
      adopted: toEntry(contact, this.#context),
      picture: avatars && url !== undefined ? () => this.#download(contact, url) : undefined,
      onPicture: ({ sha256 }) => url !== undefined && pictures?.remember(url, sha256),
    };
  }

  async #download(contact: RemoteContact, url: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#front.avatar(url);
    } catch (error) {
      if (!(error instanceof FrontError) || error.code !== "no-picture") throw error;
      this.#remarkPicture(contact, error);
      return undefined;
    }
  }

  #remarkPicture(contact: RemoteContact, { message }: FrontError): void {
    this.#importing.remark({ kind: "value-left-out", text: `${labelOf(contact)}: the avatar: ${message}` });
  }

  async #update({ all }: Selection): Promise<void> {
    const entries = [...this.#importing.declared.keys()];
    if (!all) await this.#lookUpOthers(entries);
    const identities = matchContacts(this.#target.home.desired.contacts, this.#holders, { allowHandleMoves: false });
    const known = new Map(entries.map((entry) => [entry, identities.get(entry)] as const));
    const same = await this.#samePictures(known);
    const revisions = new Map<DesiredContact, EntryUpdate>();
    for (const [entry, identity] of known) {
      if (identity?.kind === "match") {
        const revision = await this.#revisionOf(entry, identity.contact, same.has(identity.contact.id));
        if (revision !== undefined) revisions.set(entry, revision);
      } else {
        this.#importing.remark({ kind: "not-updated", text: `${entry.key}: ${reasonOf(identity)}` });
      }
    }
    this.#importing.update(revisions);
  }

  /** A handle of an entry that its contact lacks may be somebody else's. */
  async #lookUpOthers(entries: readonly DesiredContact[]): Promise<void> {
    for (const handle of entries.flatMap(({ handles }) => handles)) {
      if (this.#holders.contactWith(handle) !== undefined) continue;
      const { found, undecodable } = await orUndecodable(findContactByHandle(this.#front, handle));
      if (found !== undefined) this.#holders.add(found);
      if (undecodable !== undefined) this.#skip(undecodable, new Set());
    }
  }

  async #samePictures(known: ReadonlyMap<DesiredContact, Match | undefined>): Promise<ReadonlySet<string>> {
    const { avatars = true, pictures } = this.#options;
    const asked = [...known].filter((pair): pair is [DesiredContact, Match] => avatars && pair[1] !== undefined);
    const { cwd } = this.#target.home;
    const onPictureFailure = (contact: RemoteContact, error: FrontError) => this.#remarkPicture(contact, error);
    const options = { cwd, onPictureFailure, ...(pictures === undefined ? {} : { pictures }) };
    return await findUnchangedAvatars(new Map(asked), this.#front, options);
  }

  async #revisionOf(
    entry: DesiredContact,
    contact: RemoteContact,
    samePicture: boolean,
  ): Promise<EntryUpdate | undefined> {
    const arrival = this.#arrivalOf(contact);
    const { entry: adopted, remarks, unsayable } = arrival.adopted;
    for (const remark of remarks) this.#importing.remark(ofKnown(remark));
    if (adopted === undefined) return undefined;
    const handles = adopted.handles.filter((handle) => this.#importing.mayHave(entry, handle));
    const said = { ...adopted, handles };
    if (entry.avatar === undefined || samePicture || this.#options.avatars === false) {
      return { entry: said, complete: true, unsayable, samePicture: true };
    }
    const avatar = await this.#fetchPicture(entry, arrival);
    if (avatar !== undefined) return { entry: { ...said, avatar }, complete: true, unsayable, samePicture: false };
    return { entry: said, complete: true, unsayable, samePicture: contact.avatarUrl !== undefined };
  }

  async #fetchPicture(entry: DesiredContact, { picture, onPicture, label }: Arrival): Promise<string | undefined> {
    const bytes = await picture?.();
    if (bytes === undefined) return undefined;
    const placed = await this.#importing.pictures.location(entry.key, posix.dirname(entry.location.file), bytes);
    if (placed === undefined) {
      this.#importing.remark({ kind: "value-left-out", text: `${label}: the avatar ${UNFIT_PICTURE}` });
    } else {
      onPicture?.(placed);
    }
    return placed?.path;
  }
}

/** The contact, or what is known of it when it cannot be decoded. */
async function orUndecodable(
  reading: Promise<RemoteContact | undefined>,
): Promise<{ readonly found?: RemoteContact | undefined; readonly undecodable?: UndecodableContact }> {
  try {
    return { found: await reading };
  } catch (error) {
    const undecodable = undecodableContactOf(error);
    if (undecodable === undefined) throw error;
    return { undecodable };
  }
}

function reasonOf(identity: Match | undefined): string {
  switch (identity?.kind) {
    case "deletion":
    case "deletion-conflict":
      return "it is to be absent";
    case "merge":
    case "ambiguous":
      return "its handles belong to several contacts";
    case "id-conflict":
      return `${identity.by.key} is pinned to the same contact`;
    case "id-not-found":
      return `the contact ${identity.id} that it is pinned to is not there`;
    default:
      return "another entry is the contact that holds its handles";
  }
}

/** What cannot be said of a contact that some file declares is left as it is there. */
function ofKnown(remark: ImportWarning): ImportWarning {
  return remark.kind === "value-left-out" ? { ...remark, kind: "value-kept" } : remark;
}
