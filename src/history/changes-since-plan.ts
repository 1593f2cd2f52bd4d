import type { Company, ContactPage, FieldDefinition, FrontApi } from "../front/api.ts";
import { OVERLAP_SECONDS } from "../front/constants.ts";
import { RemoteContactIndex } from "../matching/contact-index.ts";
import { matchContacts } from "../matching/match.ts";
import {
  type DesiredContact,
  type DesiredState,
  handleKey,
  type List,
  type RemoteContact,
  type UndecodableContact,
} from "../model/contact.ts";
import { fingerprintOf } from "../model/fingerprint.ts";
import type { Plan } from "../model/plan.ts";
import { findUnchangedAvatars } from "../reading/compare-pictures.ts";
import type { ReadOptions } from "../reading/read-remote-state.ts";

/** Contacts that changed since a plan was read, and everything else that planning them again needs. */
export interface RecentChanges {
  readonly company: Company;
  /** Entries of the configuration that the changed contacts concern. */
  readonly entries: readonly DesiredContact[];
  /** The contacts of these entries as they are now, including those that did not change. */
  readonly contacts: readonly RemoteContact[];
  /** Contacts that changed and cannot be decoded. */
  readonly changedUndecodable: readonly UndecodableContact[];
  readonly fields: readonly FieldDefinition[];
  readonly lists: readonly List[];
  readonly samePictures: ReadonlySet<string>;
}

type RereadOptions = Omit<ReadOptions, "allowHandleMoves"> & { readonly company: Company };

/** Follows what changes in Front after a plan: each reading takes one listing of what changed since the one before. */
export class ChangesSincePlan {
  readonly #plan: Plan;
  readonly #desired: DesiredState;
  readonly #front: FrontApi;
  readonly #options: RereadOptions;
  /** Contacts that the plan concerns and that changed, as the latest listing that has them shows them. */
  readonly #changed = new Map<string, RemoteContact>();
  /** Contacts that changed and cannot be decoded, by id. */
  readonly #undecodable = new Map<string, UndecodableContact>();
  /** Front's time, in epoch seconds, up to which everything was listed. */
  #since: number;
  #fields: Promise<readonly FieldDefinition[]> | undefined;

  constructor(plan: Plan, desired: DesiredState, front: FrontApi, options: RereadOptions) {
    this.#plan = plan;
    this.#desired = desired;
    this.#front = front;
    this.#options = options;
    this.#since = plan.basis.readAt;
  }

  /** Reads the data to plan these entries again: only the listing if none of their contacts changed. */
  async read(entries: readonly DesiredContact[]): Promise<RecentChanges> {
    const { company, ...options } = this.#options;
    await this.#list();
    const changed = this.#changedAmong(entries);
    const concerned = entries.filter((entry) => this.#concerns(entry, changed));
    const needsFields = concerned.length > 0 && this.#desired.customFields.length > 0;
    const fields = needsFields || concerned.some((entry) => entry.customFields) ? await this.#readFields() : [];
    const lists = concerned.some((entry) => entry.lists) ? await this.#front.contactLists() : [];
    const contacts = [...changed, ...(await this.#readUnchanged(concerned, changed))];
    const matches = matchContacts(concerned, new RemoteContactIndex(contacts), { allowHandleMoves: true });
    const samePictures = await findUnchangedAvatars(matches, this.#front, options);
    const changedUndecodable = [...this.#undecodable.values()];
    return { company, entries: concerned, contacts, changedUndecodable, fields, lists, samePictures };
  }

  async #list(): Promise<void> {
    const { time } = this.#front;
    const ids = new Set(this.#plan.changes.map(({ id }) => id));
    const handles = new Set(this.#desired.contacts.flatMap((entry) => entry.handles.map(handleKey)));
    for await (const page of this.#front.contacts({ updatedAfter: Math.max(this.#since - OVERLAP_SECONDS, 0) })) {
      this.#noteUndecodable(page);
      for (const contact of page.contacts) {
        const matters = ids.has(contact.id) || contact.handles.some((handle) => handles.has(handleKey(handle)));
        if (matters) this.#note(contact);
      }
    }
    if (time !== undefined) this.#since = Math.max(this.#since, time / 1000);
  }

  #noteUndecodable({ contacts, undecodable }: ContactPage): void {
    for (const { id } of contacts) this.#undecodable.delete(id);
    for (const contact of undecodable) if (contact.id !== undefined) this.#undecodable.set(contact.id, contact);
  }

  /** A handle is on one contact at a time, so a contact seen with it before has lost it or was merged away. */
  #note(contact: RemoteContact): void {
    const held = new Set(contact.handles.map(handleKey));
    for (const [id, { handles }] of this.#changed) {
      if (handles.some((handle) => held.has(handleKey(handle)))) this.#changed.delete(id);
    }
    this.#changed.set(contact.id, contact);
  }

  /** Leaves out contacts that are still as the plan knows them. */
  #changedAmong(entries: readonly DesiredContact[]): RemoteContact[] {
    const { basis } = this.#plan;
    const ids = new Set(this.#idsOf(entries));
    const handles = new Set(entries.flatMap((entry) => entry.handles.map(handleKey)));
    return [...this.#changed.values()].filter(
      (contact) =>
        (ids.has(contact.id) || contact.handles.some((handle) => handles.has(handleKey(handle)))) &&
        basis.fingerprints[contact.id] !== fingerprintOf(contact),
    );
  }

  /** True if a contact that changed is the entry's, or has one of its handles. */
  #concerns(entry: DesiredContact, changed: readonly RemoteContact[]): boolean {
    const ids = new Set(this.#idsOf([entry]));
    const wanted = new Set(entry.handles.map(handleKey));
    return changed.some(({ id, handles }) => ids.has(id) || handles.some((handle) => wanted.has(handleKey(handle))));
  }

  /** Without the entry's own contact, a changed contact that has one of its handles would be taken for it. */
  async #readUnchanged(
    concerned: readonly DesiredContact[],
    changed: readonly RemoteContact[],
  ): Promise<RemoteContact[]> {
    const seen = new Set(changed.map(({ id }) => id));
    const ids = this.#idsOf(concerned).filter((id) => !seen.has(id));
    const found = await Promise.all(ids.map((id) => this.#front.contact(id)));
    return found.filter((contact) => contact !== undefined);
  }

  #idsOf(entries: readonly DesiredContact[]): string[] {
    const keys = new Set(entries.map(({ key }) => key));
    return this.#plan.changes.flatMap(({ name, id }) => (id !== undefined && keys.has(name) ? [id] : []));
  }

  /** The company's fields do not change during an apply. */
  #readFields(): Promise<readonly FieldDefinition[]> {
    this.#fields ??= this.#front.customFields().catch((error: unknown) => {
      this.#fields = undefined;
      throw error;
    });
    return this.#fields;
  }
}
