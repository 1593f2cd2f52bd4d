import type { Company, ContactPage, FieldDefinition, FrontApi } from "../front/api.ts";
import { OVERLAP_SECONDS } from "../front/constants.ts";
import { findEarlierContacts, pruneBase } from "../matching/base-entries.ts";
import { RemoteContactIndex } from "../matching/contact-index.ts";
import { DeclaredContacts } from "../matching/declared-contacts.ts";
import { matchContacts } from "../matching/match-contacts.ts";
import { picturesOf } from "../matching/match-entries.ts";
import { contactAddress } from "../model/address.ts";
import {
  type BaseState,
  type DesiredContact,
  type DesiredState,
  handleKey,
  type RemoteContact,
  type UndecodableContact,
} from "../model/contact.ts";
import { fingerprintOf } from "../model/fingerprint.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Plan } from "../model/plan.ts";
import { findSamePictures } from "../reading/compare-avatars.ts";
import { readTeamLists } from "../reading/read-managed-lists.ts";
import type { ReadOptions } from "../reading/read-remote-state.ts";
import { NOTHING_READ, type Readings } from "../reading/remote-state.ts";
import { removedMemberIds } from "./reviewed-members.ts";

/** The contacts that changed after Front was read for a plan, and the other data that is needed to plan them again. */
export interface RecentChanges {
  /** The entries that the changed contacts affect. */
  readonly entries: readonly DesiredContact[];
  /** The base with only the earlier versions of these entries. */
  readonly base?: BaseState;
  /** Contains the current contacts of these entries, including those that did not change. */
  readonly readings: Readings;
  /** Changed contacts that the plan removes from a list with exact members, by ID. */
  readonly changedMembers: ReadonlyMap<string, RemoteContact>;
  readonly changedUndecodable: readonly UndecodableContact[];
}

type RereadOptions = Omit<ReadOptions, "allowHandleMoves"> & { readonly company: Company };

export class ChangesSincePlan {
  readonly #plan: Plan;
  readonly #desired: DesiredState;
  readonly #entries: DeclaredContacts;
  /** Keys of entries, by the ID of the contact in the plan. */
  readonly #keyById: ReadonlyMap<string, string>;
  readonly #removedMemberIds: ReadonlySet<string>;
  readonly #front: FrontApi;
  readonly #options: RereadOptions;
  /** Changed contacts that may affect the plan, by ID. */
  readonly #changed = new Map<string, RemoteContact>();
  readonly #undecodable = new Map<string, UndecodableContact>();
  /** Epoch seconds on Front's clock: when Front was read for the plan, or when the last complete listing started. */
  #since: number;
  #fields: Promise<readonly FieldDefinition[]> | undefined;

  constructor(plan: Plan, desired: DesiredState, front: FrontApi, options: RereadOptions) {
    this.#plan = plan;
    this.#desired = desired;
    this.#entries = new DeclaredContacts(desired.contacts);
    const contacts = [
      ...(plan.base?.drift ?? []).filter(({ address, name }) => address === contactAddress(name)),
      ...plan.changes.filter(({ type }) => type === "front_contact"),
    ];
    this.#keyById = new Map(contacts.flatMap(({ id, name }) => (id === undefined ? [] : [[id, name] as const])));
    this.#removedMemberIds = removedMemberIds(plan);
    this.#front = front;
    this.#options = options;
    this.#since = plan.basis.readAt;
  }

  /**
   * Reads the data that is needed to plan entries again. If no change affects these entries, reads only the listing of
   * changes since the plan or the previous call.
   */
  async read(entries: readonly DesiredContact[]): Promise<RecentChanges> {
    const { company, ...options } = this.#options;
    await this.#listChanges();
    const { changed, affected } = this.#changedAmong(entries);
    const base = affected.length === 0 ? undefined : this.#baseOf(affected);
    const needsFields = base !== undefined || (affected.length > 0 && this.#desired.customFields.length > 0);
    const fields = needsFields || affected.some((entry) => entry.customFields) ? await this.#readFields() : [];
    const lists = base !== undefined || affected.some((entry) => entry.lists) ? await this.#front.contactLists() : [];
    const teamLists = await readTeamLists(this.#desired.lists, lists, this.#front);
    const known = new DeclaredContacts(affected);
    for (const contact of [...changed, ...(await this.#readUnchanged(affected, changed))]) known.add(contact);
    const contacts = known.found.all();
    const index = new RemoteContactIndex(contacts);
    const earlierVersions = findEarlierContacts(base?.contacts ?? [], affected);
    const matches = matchContacts(affected, index, { allowHandleMoves: true }, earlierVersions);
    const pictures = [...matches].flatMap(([entry, match]) => picturesOf({ entry, match }));
    return {
      entries: affected,
      ...omitUndefined({ base }),
      readings: {
        ...NOTHING_READ,
        company,
        fields,
        lists,
        teamLists,
        contacts,
        searchDiagnostics: known.diagnostics(),
        contactsWithDeclaredAvatar: await findSamePictures(pictures, this.#front, options),
        contactsWithBaseAvatar: this.#withPlannedPicture(contacts),
        coverage: this.#plan.coverage,
        readAt: this.#plan.basis.readAt,
      },
      changedUndecodable: [...this.#undecodable.values()],
      changedMembers: new Map([...this.#changed].filter(([id]) => this.#removedMemberIds.has(id))),
    };
  }

  #baseOf(contacts: readonly DesiredContact[]): BaseState | undefined {
    const { base } = this.#desired;
    return base && pruneBase(base, this.#desired, { contacts });
  }

  /** Returns the IDs of the contacts with the same picture URL as in the plan. A new picture has a new URL. */
  #withPlannedPicture(contacts: readonly RemoteContact[]): ReadonlySet<string> {
    const urls = new Map(this.#plan.changes.map(({ id, before }) => [id, before?.avatar ?? undefined]));
    return new Set(contacts.filter(({ id, avatarUrl }) => urls.get(id) === avatarUrl).map(({ id }) => id));
  }

  async #listChanges(): Promise<void> {
    const { time } = this.#front;
    for await (const page of this.#front.contacts({ updatedAfter: Math.max(this.#since - OVERLAP_SECONDS, 0) })) {
      this.#recordUndecodable(page);
      for (const contact of page.contacts) {
        const isPlanned = this.#keyById.has(contact.id) || this.#removedMemberIds.has(contact.id);
        if (isPlanned || this.#entries.mayMatch(contact)) this.#recordChanged(contact);
      }
    }
    if (time !== undefined) this.#since = Math.max(this.#since, time / 1000);
  }

  #recordUndecodable({ contacts, undecodable }: ContactPage): void {
    for (const { id } of contacts) this.#undecodable.delete(id);
    for (const contact of undecodable) if (contact.id !== undefined) this.#undecodable.set(contact.id, contact);
  }

  /**
   * Records a changed contact. Removes contacts that had one of its handles in an earlier listing: a handle belongs to
   * one contact at a time, so they lost the handle or were merged.
   */
  #recordChanged(contact: RemoteContact): void {
    const keys = new Set(contact.handles.map(handleKey));
    for (const [id, { handles }] of this.#changed) {
      if (handles.some((handle) => keys.has(handleKey(handle)))) this.#changed.delete(id);
    }
    this.#changed.set(contact.id, contact);
  }

  /**
   * Returns the changed contacts that affect these entries, and the affected entries. A contact affects the entry that
   * it matches in the plan, and each entry with a handle that the contact has or may have.
   */
  #changedAmong(entries: readonly DesiredContact[]): {
    readonly changed: readonly RemoteContact[];
    readonly affected: readonly DesiredContact[];
  } {
    const { fingerprints } = this.#plan.basis;
    const candidates = [...this.#changed.values()].filter(
      (contact) => fingerprints[contact.id] !== fingerprintOf(contact),
    );
    if (candidates.length === 0) return { changed: [], affected: [] };
    const known = new DeclaredContacts(entries);
    const entryByKey = new Map(entries.map((entry) => [entry.key, entry]));
    const affectedBy = (contact: RemoteContact) =>
      [entryByKey.get(this.#keyById.get(contact.id) ?? ""), ...known.candidateEntries(contact)].filter(
        (entry) => entry !== undefined,
      );
    const affected = new Set(candidates.flatMap(affectedBy));
    return {
      changed: candidates.filter((contact) => affectedBy(contact).length > 0),
      affected: entries.filter((entry) => affected.has(entry)),
    };
  }

  /**
   * Reads the unchanged contacts of the affected entries. Without them, an entry could match a changed contact that has
   * one of the entry's handles.
   */
  async #readUnchanged(
    affected: readonly DesiredContact[],
    changed: readonly RemoteContact[],
  ): Promise<RemoteContact[]> {
    const changedIds = new Set(changed.map(({ id }) => id));
    const keys = new Set(affected.map(({ key }) => key));
    const ids = [...this.#keyById].flatMap(([id, key]) => (keys.has(key) && !changedIds.has(id) ? [id] : []));
    const contacts = await Promise.all(ids.map((id) => this.#front.contact(id)));
    return contacts.filter((contact) => contact !== undefined);
  }

  /** Fields are read once, because they rarely change during an apply. */
  #readFields(): Promise<readonly FieldDefinition[]> {
    this.#fields ??= this.#front.customFields().catch((error: unknown) => {
      this.#fields = undefined;
      throw error;
    });
    return this.#fields;
  }
}
