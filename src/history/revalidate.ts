import type { Company, FieldDefinition } from "../front/api.ts";
import type { DesiredContact, DesiredState, List, RemoteContact, UndecodableContact } from "../model/contact.ts";
import { handleKey } from "../model/contact.ts";
import type { SourceLocation } from "../model/diagnostic.ts";
import { fingerprintOf } from "../model/fingerprint.ts";
import { contactAddress, type Operation, type Plan } from "../model/plan.ts";
import { planChanges } from "../planning/plan-changes.ts";
import { effectsOf } from "./operation-effects.ts";
import { type Refusal, refuse } from "./refusal.ts";

/** What has to be known of Front now, to see what of a plan still holds. */
export interface Reading {
  readonly company: Company;
  readonly fields: readonly FieldDefinition[];
  readonly lists: readonly List[];
  /** Contacts that were made or changed since the plan was made, as they are now. */
  readonly moved: readonly RemoteContact[];
  /** Contacts of entries that are checked too, although they did not change. */
  readonly unmoved?: readonly RemoteContact[];
  /** Contacts that changed too, and that cannot be decoded. */
  readonly movedUndecodable?: readonly UndecodableContact[];
  readonly samePictures: ReadonlySet<string>;
}

/** What of a plan is to be carried out now. */
export interface Revalidation {
  readonly operations: readonly Operation[];
  /** Contacts that were to be created, and that are there by now, by their addresses. */
  readonly known: ReadonlyMap<string, string>;
  /** One for each contact that changed in a way that the plan did not foresee. Its operations are left out. */
  readonly refusals: readonly Refusal[];
  /** Addresses of contacts that are as planned already. */
  readonly done: readonly string[];
}

/**
 * Plans the contacts that moved since a plan was made again, and holds the result against the plan. Contacts that did
 * not move are as they were, so what was planned for them holds. A contact that moved is done when nothing is left to
 * do; what is left is carried out when all of it was approved, and otherwise the contact is refused by name.
 */
export function revalidate(plan: Plan, desired: DesiredState, reading: Reading): Revalidation {
  const moved = reading.moved.filter((contact) => plan.basis.fingerprints[contact.id] !== fingerprintOf(contact));
  const entries = desired.contacts.filter((entry) => isTouched(entry, moved, plan));
  const { verdicts, refusals: changed } = judge(entries, plan, desired, { ...reading, moved });
  const refusals = [...changed, ...refuseUndecodable(plan, desired, reading)];
  const refused = new Set(refusals.map(({ address }) => address));
  const fresh = new Map(verdicts.map((verdict) => [verdict.address, verdict]));
  const existing = new Set(reading.lists.map(({ name }) => name));
  const wanted = plan.operations.filter(
    (operation) => operation.kind !== "create-list" || !existing.has(operation.name),
  );
  const operations = wanted.flatMap((operation) => current(operation, fresh, refused));
  return {
    operations: withoutDone(operations, plan.operations, refused),
    known: new Map(verdicts.flatMap(({ address, id }) => (id === undefined ? [] : [[address, id] as const]))),
    refusals,
    done: verdicts.filter(({ operations }) => operations.size === 0).map(({ address }) => address),
  };
}

/** Nothing waits for what is done already; what waits for something that was refused is not done either. */
function withoutDone(
  left: readonly Operation[],
  planned: readonly Operation[],
  refused: ReadonlySet<string>,
): Operation[] {
  const waiting = new Set(left.map(({ id }) => id));
  const isRefused = ({ subjects }: Operation) => subjects.some((subject) => refused.has(subject));
  for (const operation of planned) if (isRefused(operation)) waiting.add(operation.id);
  return left.map((operation) => ({ ...operation, dependsOn: operation.dependsOn.filter((id) => waiting.has(id)) }));
}

/** An entry has to be looked at again when a contact that moved is it, or holds one of its handles. */
function isTouched({ key, handles }: DesiredContact, moved: readonly RemoteContact[], { changes }: Plan): boolean {
  const id = changes.find(({ address }) => address === contactAddress(key))?.id;
  const wanted = new Set(handles.map(handleKey));
  return moved.some((contact) => contact.id === id || contact.handles.some((handle) => wanted.has(handleKey(handle))));
}

/** What is left of an entry's part of the plan. */
interface Verdict {
  readonly address: string;
  readonly id: string | undefined;
  /** By the id of the operation. */
  readonly operations: ReadonlyMap<string, Operation>;
}

interface Judgement {
  readonly verdicts: readonly Verdict[];
  readonly refusals: Revalidation["refusals"];
}

function judge(entries: readonly DesiredContact[], plan: Plan, desired: DesiredState, reading: Reading): Judgement {
  const again = planAgain(entries, plan, desired, reading);
  const unclear = again.diagnostics.filter(({ severity }) => severity === "error");
  if (unclear.length > 0) {
    const refusals = entries.flatMap((entry) => {
      const diagnostic = unclear.find(({ location }) => concerns(location, entry));
      return diagnostic === undefined ? [] : [{ address: contactAddress(entry.key), diagnostic }];
    });
    if (refusals.length === 0)
      return { verdicts: [], refusals: entries.flatMap((entry) => refusalOf(entry, ["its company"])) };
    const rest = entries.filter(({ key }) => !refusals.some(({ address }) => address === contactAddress(key)));
    const judged = judge(rest, plan, desired, reading);
    return { ...judged, refusals: [...refusals, ...judged.refusals] };
  }
  const judged = entries.map((entry) => judgeOne(entry, plan, again, reading));
  return {
    verdicts: judged.flatMap(({ verdict }) => (verdict === undefined ? [] : [verdict])),
    refusals: judged.flatMap(({ refusals }) => refusals),
  };
}

/** With only the contacts that moved: whoever did not is as the plan knows it, and is not planned again. */
function planAgain(entries: readonly DesiredContact[], plan: Plan, desired: DesiredState, reading: Reading): Plan {
  const { coverage, basis } = plan;
  const contacts = entries.map(({ account: _, ...entry }) => entry);
  const unread = { accounts: [], conversations: new Map<string, string>() };
  const state = { ...reading, ...unread, contacts: contactsIn(reading), coverage, readAt: basis.readAt };
  return planChanges({ ...desired, contacts }, state, UNGUARDED);
}

function contactsIn({ moved, unmoved = [] }: Reading): readonly RemoteContact[] {
  return [...moved, ...unmoved];
}

/** Guards were asked when the plan was made, and what is approved is counted there. */
const UNGUARDED = { allowHandleMoves: true, allowed: { changes: 1_000_000, removals: 1_000_000 } };

function concerns(location: SourceLocation | undefined, entry: DesiredContact): boolean {
  const locations = [entry.location, ...entry.handles.map((handle) => handle.location)];
  return locations.some(
    ({ file, line, column }) => file === location?.file && line === location.line && column === location.column,
  );
}

function judgeOne(entry: DesiredContact, plan: Plan, again: Plan, reading: Reading) {
  const address = contactAddress(entry.key);
  const id = again.changes.find((change) => change.address === address)?.id ?? idOf(entry, contactsIn(reading));
  const approved = plan.operations.filter(({ subjects }) => subjects.includes(address));
  const merge = approved.find((operation) => operation.kind === "merge-contacts");
  if (merge !== undefined && !isMerged(merge, entry, reading.moved)) {
    /** A merge looks at all its contacts itself before it goes ahead. */
    return { verdict: { address, id, operations: byId(approved) }, refusals: [] };
  }
  const left = again.operations.filter(({ kind, subjects }) => kind !== "create-list" && subjects.includes(address));
  const ignoreBefore = approved.some(
    (operation) => operation.kind === "update-contact" && operation.afterMerge === true,
  );
  const effects = (operations: readonly Operation[]) => operations.flatMap((each) => effectsOf(each, { ignoreBefore }));
  const consented = new Set(effects(approved).map(({ key }) => key));
  const surprises = effects(left).filter(({ key }) => !consented.has(key));
  if (surprises.length === 0) return { verdict: { address, id, operations: byId(left) }, refusals: [] };
  return { verdict: undefined, refusals: refusalOf(entry, [...new Set(surprises.map(({ label }) => label))]) };
}

function byId(operations: readonly Operation[]): ReadonlyMap<string, Operation> {
  return new Map(operations.map((operation) => [operation.id, operation]));
}

/** The survivor holds what the entry declares of all of them; what it does not declare may have been removed since. */
function isMerged(
  { target, others }: Extract<Operation, { kind: "merge-contacts" }>,
  entry: DesiredContact,
  moved: readonly RemoteContact[],
): boolean {
  const survivor = new Set(moved.find(({ id }) => id === target.id)?.handles.map(handleKey));
  const declared = new Set(entry.handles.map(handleKey));
  const merged = [target, ...others].flatMap(({ handles }) => handles.map(handleKey));
  return merged.filter((key) => declared.has(key)).every((key) => survivor.has(key));
}

function idOf({ handles }: DesiredContact, moved: readonly RemoteContact[]): string | undefined {
  const wanted = new Set(handles.map(handleKey));
  return moved.find((contact) => contact.handles.some((handle) => wanted.has(handleKey(handle))))?.id;
}

function refusalOf({ key, location }: DesiredContact, words: readonly string[]): Revalidation["refusals"] {
  const summary = `${key} changed in Front after this plan: ${words.join(", ")}`;
  return [refuse(contactAddress(key), { code: "changed-since-plan", summary, location })];
}

/** Refuses entries whose contact cannot be decoded any more, or whose handle such a contact holds. */
function refuseUndecodable(
  plan: Plan,
  desired: DesiredState,
  { movedUndecodable = [] }: Reading,
): Revalidation["refusals"] {
  return movedUndecodable.flatMap((contact) => {
    const held = new Set(contact.handles?.map(handleKey));
    const own = new Set(plan.changes.filter(({ id }) => id === contact.id).map(({ address }) => address));
    return desired.contacts
      .filter(
        ({ key, handles }) => own.has(contactAddress(key)) || handles.some((handle) => held.has(handleKey(handle))),
      )
      .flatMap((entry) => refusalOf(entry, [contact.problem]));
  });
}

/** The operation as it is to be carried out now: gone when done or refused, with what is left when partly done. */
function current(operation: Operation, fresh: ReadonlyMap<string, Verdict>, refused: ReadonlySet<string>): Operation[] {
  if ("contacts" in operation) return withoutRefused(operation, refused);
  if (operation.subjects.some((subject) => refused.has(subject))) return [];
  const verdict = operation.subjects.map((subject) => fresh.get(subject)).find((found) => found !== undefined);
  if (verdict === undefined) return [operation];
  const left = verdict.operations.get(operation.id);
  return left === undefined ? [] : [{ ...left, dependsOn: operation.dependsOn, subjects: operation.subjects }];
}

/** Who is in a list already stays in it, so a bulk operation only leaves out those who were refused. */
export function withoutRefused(
  operation: Extract<Operation, { contacts: unknown }>,
  refused: ReadonlySet<string>,
): Operation[] {
  const stays = operation.subjects.map((subject) => !refused.has(subject));
  const contacts = operation.contacts.filter((_, index) => stays[index]);
  const subjects = operation.subjects.filter((_, index) => stays[index]);
  return contacts.length === 0 ? [] : [{ ...operation, contacts, subjects }];
}
