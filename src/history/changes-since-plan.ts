import type { Company, ContactPage, FieldDefinition, FrontApi } from "../front/api.ts";
import { matchContacts, RemoteContactIndex } from "../matching/match.ts";
import {
  type DesiredContact,
  type DesiredState,
  handleKey,
  type RemoteContact,
  type UndecodableContact,
} from "../model/contact.ts";
import { fingerprintOf } from "../model/fingerprint.ts";
import type { Plan } from "../model/plan.ts";
import { findUnchangedAvatars, type ReadOptions } from "../reading/read-remote-state.ts";
import type { Reading } from "./revalidate.ts";

/** Front's listing may lag, and its clock is only known to the second, so a little more is asked for (front-api.md 12). */
const OVERLAP_SECONDS = 60;

type RereadOptions = Omit<ReadOptions, "allowHandleMoves"> & { readonly company: Company };

/** Asks Front what moved since a plan was made. The company has been read before, to be sure that it is the plan's. */
export async function rereadFront(
  plan: Plan,
  desired: DesiredState,
  front: FrontApi,
  options: RereadOptions,
): Promise<Reading> {
  return await new ChangesSincePlan(plan, desired, front, options).read();
}

/** Follows what changes in Front after a plan: each reading takes one listing of what changed since the one before. */
export class ChangesSincePlan {
  readonly #plan: Plan;
  readonly #desired: DesiredState;
  readonly #front: FrontApi;
  readonly #options: RereadOptions;
  /** Contacts that the plan is about and that changed, in the state of the latest listing that showed them. */
  readonly #moved = new Map<string, RemoteContact>();
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

  /** Reads what is needed to check the whole plan. */
  async read(): Promise<Reading> {
    const createsLists = this.#plan.operations.some(({ kind }) => kind === "create-list");
    return await this.#read(this.#desired.contacts, { withLists: createsLists });
  }

  /** Reads what is needed to check these entries of the plan: only the listing if none of them changed. */
  async readFor(entries: readonly DesiredContact[]): Promise<Reading> {
    return await this.#read(entries, { withLists: false });
  }

  async #read(entries: readonly DesiredContact[], { withLists }: { readonly withLists: boolean }): Promise<Reading> {
    const { company, ...options } = this.#options;
    await this.#list();
    const moved = this.#movedAmong(entries);
    const declaresFields = this.#desired.customFields.length > 0;
    const needsFields = moved.length > 0 && (declaresFields || entries.some((entry) => entry.customFields));
    const fields = needsFields ? await this.#readFields() : [];
    const needsLists = moved.length > 0 && entries.some((entry) => entry.lists);
    const lists = needsLists || withLists ? await this.#front.contactLists() : [];
    const unmoved = await this.#othersConcerned(entries, moved);
    const identities = matchContacts(entries, new RemoteContactIndex([...moved, ...unmoved]), {
      allowHandleMoves: true,
    });
    const samePictures = await findUnchangedAvatars(identities, this.#front, options);
    return { company, fields, lists, moved, movedUndecodable: [...this.#undecodable.values()], unmoved, samePictures };
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

  /** A handle is on one contact at a time, so whoever was seen with it before lost it, or was merged away. */
  #note(contact: RemoteContact): void {
    const held = new Set(contact.handles.map(handleKey));
    for (const [id, { handles }] of this.#moved) {
      if (handles.some((handle) => held.has(handleKey(handle)))) this.#moved.delete(id);
    }
    this.#moved.set(contact.id, contact);
  }

  /** Without contacts that are still as the plan knows them. */
  #movedAmong(entries: readonly DesiredContact[]): RemoteContact[] {
    const { basis } = this.#plan;
    const ids = new Set(this.#idsOf(entries));
    const handles = new Set(entries.flatMap((entry) => entry.handles.map(handleKey)));
    return [...this.#moved.values()].filter(
      (contact) =>
        (ids.has(contact.id) || contact.handles.some((handle) => handles.has(handleKey(handle)))) &&
        basis.fingerprints[contact.id] !== fingerprintOf(contact),
    );
  }

  /**
   * Reads contacts that did not change but whose entries are checked too, because a contact that changed has one of
   * their handles. Without them, that contact would be taken for theirs.
   */
  async #othersConcerned(
    entries: readonly DesiredContact[],
    moved: readonly RemoteContact[],
  ): Promise<RemoteContact[]> {
    const seen = new Set(moved.map(({ id }) => id));
    const concerned = entries.filter(({ handles }) => {
      const wanted = new Set(handles.map(handleKey));
      return moved.some((contact) => contact.handles.some((handle) => wanted.has(handleKey(handle))));
    });
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
