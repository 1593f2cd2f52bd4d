import type { AccountOrder } from "../../src/front/api.ts";
import type {
  BaseState,
  CustomFields,
  DesiredState,
  Fetch,
  FrontApi,
  Operation,
  Plan,
  RemoteContact,
  RemoteState,
} from "../../src/internal.ts";
import { FrontError } from "../../src/internal.ts";
import type { RemoteAccount } from "../../src/model/account.ts";
import { hashContactValues } from "../../src/model/fingerprint.ts";
import { simulateHistory } from "./history.ts";
import type { Process } from "./process.ts";
import type { Flaws } from "./tool.ts";

/** A flaw, and a seed for which the simulation detects it. */
interface KnownFlaw extends Flaws {
  readonly seed: number;
  /** The invariant that the flaw must break. Default: any invariant. */
  readonly breaks?: string;
}

/** Typical defects of a tool like this one. Each replaces a part of the correct tool. */
export const FLAWS: Readonly<Record<string, KnownFlaw>> = {
  "repeats a POST that received no response": { seed: 53, fetch: retryingPosts },
  "merges custom fields into the values that it read for the plan": { seed: 28, front: withStaleFields },
  "merges domains and account custom fields into the values that it read for the plan": {
    seed: 97,
    front: withStaleAccounts,
  },
  "creates accounts without checking for new accounts first": { seed: 19, front: withoutNewAccounts },
  "waits between the read and the write": {
    seed: 14,
    front: (front, { clock }) =>
      overrideMethods(front, {
        async editContact(id, patchFor) {
          const fresh = await front.contact(id);
          const patch = fresh === undefined ? undefined : patchFor(fresh);
          await clock.sleep(2000);
          if (patch !== undefined) await front.patchContact(id, patch);
        },
      }),
  },
  "follows the URL of the next page": { seed: 12, fetch: followingNext },
  "treats an unknown route as a deleted contact": { seed: 631, fetch: withoutRoutes },
  "plans with some contacts if the others cannot be read": { seed: 358, front: ignoringReadErrors },
  "deletes undeclared contacts": { seed: 1, plan: (plan, _, state) => deletingUndeclared(plan, state.contacts) },
  "waits for a shorter time than Front requires": { seed: 3, fetch: withoutWaits },
  "reports requests with an unknown outcome as failed": { seed: 53, front: reportingUnknownAsFailed },
  "removes all contacts from lists with exact members": {
    seed: 8,
    plan: (plan, _, state) => emptyingExactLists(plan, state),
  },
  "creates lists with mistyped names": { seed: 2, front: withMistypedList },
  "overwrites changes made in Front since the base": {
    seed: 36,
    breaks: "editsSinceBaseStay",
    desired: (desired) => withBase(desired, (base) => ({ ...base, overwrite: true })),
  },
  "overwrites changes made to accounts in Front since the base": {
    seed: 65,
    breaks: "editsSinceBaseStay",
    desired: (desired) => withBase(desired, (base) => ({ ...base, accounts: [] })),
  },
  "clears fields that were removed from the configuration, even if they were edited in Front": {
    seed: 243,
    breaks: "editsSinceBaseStay",
    desired: clearingRemovedFields,
  },
  "deletes contacts whose entry was removed from the configuration": {
    seed: 7,
    breaks: "unmanagedDataStays",
    desired: withTombstones,
  },
  "uses the current configuration as the base": {
    seed: 7,
    breaks: "configurationIsApplied",
    desired: (desired) => withBase(desired, (base) => ({ ...base, contacts: desired.contacts })),
  },
  "does not show changes made in Front since the base": { seed: 36, breaks: "driftIsShown", plan: withoutDrift },
  "ignores which collections were exact in the base": {
    seed: 790,
    breaks: "newBasePlansNothing",
    desired: (desired) => withBase(desired, withoutExact),
  },
  "undoes edits that people made after the run": {
    seed: 162,
    breaks: "undoKeepsEdits",
    undo: (options) => ({ ...options, overwrite: ["*"] }),
  },
  "applies a saved plan without comparing it with Front again": {
    seed: 590,
    breaks: "savedPlanKeepsEdits",
    revalidated: (_, saved) => saved,
  },
};

/**
 * Returns a seed for each detected flaw. With this seed, the flawed tool breaks an invariant and the correct tool does
 * not.
 */
export async function detectFlaws(maximum: number): Promise<Readonly<Record<string, number>>> {
  const detectedSeeds: Record<string, number> = {};
  for (const [name, flaw] of Object.entries(FLAWS)) {
    const seed = await detect(flaw, maximum);
    if (seed !== undefined) detectedSeeds[name] = seed;
  }
  return detectedSeeds;
}

/**
 * Returns the known seed if it detects the flaw. Otherwise returns the first such seed from 1 to `maximum`, because any
 * change to the simulation may change which seeds detect a flaw.
 */
async function detect(
  { seed: knownSeed, breaks = "", ...flaws }: KnownFlaw,
  maximum: number,
): Promise<number | undefined> {
  for (const seed of [knownSeed, ...Array.from({ length: maximum }, (_, index) => index + 1)]) {
    const { violations } = await simulateHistory(seed, flaws);
    if (
      violations.some((violation) => violation.startsWith(breaks)) &&
      (await simulateHistory(seed)).violations.length === 0
    )
      return seed;
  }
  return undefined;
}

export function overrideMethods(front: FrontApi, methods: Partial<FrontApi>): FrontApi {
  return new Proxy(front, {
    get(target, name) {
      const value = name in methods ? methods[name as keyof FrontApi] : target[name as keyof FrontApi];
      return typeof value === "function" && !(name in methods) ? value.bind(target) : value;
    },
  });
}

function retryingPosts(fetch: Fetch): Fetch {
  return async (request) => {
    try {
      return await fetch(request);
    } catch (error) {
      if (request.method !== "POST" || request.signal.aborted) throw error;
      return await fetch(request);
    }
  };
}

const LISTED_FIELDS = new Map<string, CustomFields>();

/** Merges custom fields into the values from the listing instead of the current values. */
function withStaleFields(front: FrontApi): FrontApi {
  async function* contacts(query: Parameters<FrontApi["contacts"]>[0]) {
    for await (const page of front.contacts(query)) {
      for (const { id, customFields } of page.contacts) LISTED_FIELDS.set(id, customFields);
      yield page;
    }
  }
  return overrideMethods(front, {
    contacts,
    editContact: (id, patchFor) =>
      front.editContact(id, (fresh) => {
        const stale: RemoteContact = { ...fresh, customFields: LISTED_FIELDS.get(id) ?? fresh.customFields };
        return patchFor(stale);
      }),
  });
}

const FIRST_READ_ACCOUNTS = new Map<string, RemoteAccount>();

/** Merges domains and custom fields into the values from the first read of each account. */
function withStaleAccounts(front: FrontApi, process: Process): FrontApi {
  if (process.requests === 0 && process.name === "run 1") FIRST_READ_ACCOUNTS.clear();
  const storeAccount = (account: RemoteAccount) =>
    FIRST_READ_ACCOUNTS.set(account.id, FIRST_READ_ACCOUNTS.get(account.id) ?? account);
  async function* accounts(order?: AccountOrder) {
    for await (const page of front.accounts(order)) {
      page.accounts.forEach(storeAccount);
      yield page;
    }
  }
  return overrideMethods(front, {
    accounts,
    async account(name) {
      const account = await front.account(name);
      if (account !== undefined) storeAccount(account);
      return account;
    },
    editAccount: (id, patchFor) =>
      front.editAccount(id, (fresh) => {
        const { customFields, domains } = FIRST_READ_ACCOUNTS.get(id) ?? fresh;
        return patchFor({ ...fresh, customFields, domains });
      }),
  });
}

/** Hides accounts that people or other runs created after the plan. */
function withoutNewAccounts(front: FrontApi): FrontApi {
  async function* accounts(order?: AccountOrder) {
    if (order === "last-changed-first") yield { accounts: [], last: true };
    else yield* front.accounts(order);
  }
  return overrideMethods(front, { accounts });
}

function followingNext(fetch: Fetch): Fetch {
  let next: string | undefined;
  return async (request) => {
    const url = new URL(request.url);
    const nextRequest = url.searchParams.has("page_token") && next !== undefined ? new Request(next, request) : request;
    const response = await fetch(nextRequest);
    const bytes = await bodyOf(response);
    next = /"next":"([^"]+)"/.exec(new TextDecoder().decode(bytes))?.[1] ?? next;
    return withBody(response, bytes);
  };
}

/** Changes responses for unknown routes to responses for unknown contacts. Front responds with 404 to both. */
function withoutRoutes(fetch: Fetch): Fetch {
  return async (request) => {
    const response = await fetch(request);
    if (response.status !== 404) return response;
    const text = new TextDecoder().decode(await bodyOf(response)).replace("No such route.", "Unknown contact");
    return new Response(text, { status: 404, headers: response.headers });
  };
}

function ignoringReadErrors(front: FrontApi): FrontApi {
  async function* contacts(query: Parameters<FrontApi["contacts"]>[0]) {
    try {
      for await (const page of front.contacts(query)) yield page;
    } catch (error) {
      if (!(error instanceof FrontError)) throw error;
      yield { contacts: [], undecodable: [], last: true };
    }
  }
  return overrideMethods(front, { contacts });
}

function deletingUndeclared(plan: Plan, contacts: readonly RemoteContact[]): Plan {
  const changedIds = new Set(
    plan.operations.flatMap((operation) =>
      "contact" in operation && "id" in operation.contact ? [operation.contact.id] : [],
    ),
  );
  const others = contacts.filter(({ id }) => !changedIds.has(id));
  const deletions = others.map(
    ({ id, handles, ...rest }): Operation => ({
      kind: "delete-contact",
      id: `delete-contact ${id}`,
      subjects: [id],
      dependsOn: [],
      contact: { id, handles, belongings: hashContactValues({ id, handles, ...rest }) },
    }),
  );
  return { ...plan, operations: [...plan.operations, ...deletions] };
}

function withoutWaits(fetch: Fetch): Fetch {
  return async (request) => {
    const response = await fetch(request);
    if (response.status !== 429) return response;
    const headers = new Headers(response.headers);
    headers.set("retry-after", "0");
    return new Response("{}", { status: 429, headers });
  };
}

function reportingUnknownAsFailed(front: FrontApi): FrontApi {
  const withCertainOutcome = async <T>(request: Promise<T>): Promise<T> => {
    try {
      return await request;
    } catch (error) {
      if (!(error instanceof FrontError) || error.outcome !== "unknown") throw error;
      throw new FrontError(error.code, error.message, { advice: error.advice });
    }
  };
  return overrideMethods(front, {
    createContact: (contact) => withCertainOutcome(front.createContact(contact)),
    patchContact: (id, patch) => withCertainOutcome(front.patchContact(id, patch)),
    addHandle: (id, handle) => withCertainOutcome(front.addHandle(id, handle)),
    deleteContact: (id) => withCertainOutcome(front.deleteContact(id)),
  });
}

/** Adds a mistyped list name to each new contact. Front creates the missing list. */
function withMistypedList(front: FrontApi): FrontApi {
  return overrideMethods(front, {
    createContact: (contact) => front.createContact({ ...contact, listNames: [...(contact.listNames ?? []), "Alhpa"] }),
  });
}

function withBase(desired: DesiredState, change: (base: BaseState) => BaseState): DesiredState {
  const { base } = desired;
  return base === undefined ? desired : { ...desired, base: change(base) };
}

function withoutExact(base: BaseState): BaseState {
  return { ...base, contacts: base.contacts.map((entry) => ({ ...entry, exact: [] })) };
}

/** Writes `null` for each field that was removed from an entry, without comparing the field with Front. */
function clearingRemovedFields(desired: DesiredState): DesiredState {
  const before = new Map(desired.base?.contacts.map(({ key, customFields = [] }) => [key, customFields]));
  const contacts = desired.contacts.map((entry) => {
    const { customFields = [] } = entry;
    const names = new Set(customFields.map(({ name }) => name));
    const removed = (before.get(entry.key) ?? []).filter(({ name }) => !names.has(name));
    return { ...entry, customFields: [...customFields, ...removed.map((field) => ({ ...field, value: null }))] };
  });
  const fieldNames = new Map(
    desired.contacts.map(({ key, customFields = [] }) => [key, customFields.map(({ name }) => name)]),
  );
  return withBase({ ...desired, contacts }, (base) => ({
    ...base,
    contacts: base.contacts.map((entry) => ({
      ...entry,
      customFields: entry.customFields?.filter(({ name }) => fieldNames.get(entry.key)?.includes(name)) ?? [],
    })),
  }));
}

function withTombstones(desired: DesiredState): DesiredState {
  const keys = new Set(desired.contacts.map(({ key }) => key));
  const removedEntries = (desired.base?.contacts ?? []).filter(({ key }) => !keys.has(key));
  const tombstones = removedEntries.map(({ key, handles, location }) => ({
    key,
    handles,
    location,
    ensure: "absent" as const,
    merge: false,
    exact: [],
  }));
  return { ...desired, contacts: [...desired.contacts, ...tombstones] };
}

function withoutDrift(plan: Plan): Plan {
  return plan.base === undefined ? plan : { ...plan, base: { ...plan.base, drift: [] } };
}

async function bodyOf({ body }: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  if (body !== null) for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function withBody({ status, headers }: Response, bytes: Uint8Array): Response {
  return new Response(status === 204 ? null : Uint8Array.from(bytes), { status, headers });
}

function emptyingExactLists(plan: Plan, { references, listMembers }: RemoteState): Plan {
  const exact = references.managedLists.filter(({ declared }) => declared.members === "exact");
  const removals = exact.flatMap(({ list: { id, name } }): Operation[] => {
    const members = (listMembers?.get(id)?.contacts ?? []).filter(({ isPrivate }) => !isPrivate);
    const address = `front_contact_list.this["${name}"]`;
    const contacts = members.map((member) => ({ id: member.id }));
    const common = { id: `remove-from-list ${address} all`, dependsOn: [], list: { id, name }, contacts };
    return members.length === 0 ? [] : [{ ...common, kind: "remove-from-list", subjects: members.map(() => address) }];
  });
  const others = plan.operations.filter(({ kind }) => kind !== "remove-from-list");
  return { ...plan, operations: [...others, ...removals] };
}
