import type { DesiredState } from "../../src/internal.ts";
import { type AccountRecord, type Effect, fieldPath, isIdentifiedBy, valueIn } from "./company.ts";
import { VISIBLE_AFTER_MS } from "./edits-since-base.ts";
import { describeRequest, writesOf } from "./edits-since-plan.ts";
import type { Run, Simulation } from "./simulation.ts";
import { matchesEntry } from "./unpermitted-account-changes.ts";

type DeclaredAccount = NonNullable<DesiredState["accounts"]>[number];

/** Checks that a run does not revert changes of accounts that were made in Front between the base and the run. */
export function accountEditsSinceBaseStay(simulation: Simulation): string[] {
  return writesOf(simulation).flatMap((request) => {
    const { desired } = request.process;
    const { base } = desired;
    const run = simulation.runs.find(({ process }) => process === request.process);
    if (base === undefined || base.overwrite || run === undefined) return [];
    return request.effects
      .flatMap((effect) => lostValues(effect, desired))
      .filter(({ id }) => !isRecent(id, run, simulation))
      .map(({ description }) => `${describeRequest(request)} ${description}, which changed in Front since the base`);
  });
}

interface LostValue {
  readonly id: string;
  readonly description: string;
}

function lostValues({ accountsChanged, accountsDeleted, accountsCreated }: Effect, desired: DesiredState): LostValue[] {
  return [
    ...accountsChanged.flatMap(({ before, after }) => {
      const base = baseOf(before, desired);
      if (base === undefined) return [];
      const paths = ["name", "description", ...[...before.fields.keys(), ...after.fields.keys()].map(fieldPath)];
      const overwritten = [...new Set(paths)].filter((path) => {
        const [value, earlier] = [valueIn(before, path), valueAt(base, path)];
        return value !== valueIn(after, path) && earlier !== undefined && earlier !== value;
      });
      const domains = [...new Set([...before.domains, ...after.domains])].filter((domain) => {
        const [had, has, wasDeclared] = [before.domains.has(domain), after.domains.has(domain), declares(base, domain)];
        return had !== has && wasDeclared !== undefined && wasDeclared !== had;
      });
      return [...overwritten, ...domains].map((path) => ({
        id: before.id,
        description: `changed the ${path} of ${before.id}`,
      }));
    }),
    ...accountsDeleted.flatMap((record) => {
      const base = baseOf(record, desired);
      const paths = ["name", "description", ...[...record.fields.keys()].map(fieldPath)];
      const isEdited = paths.some((path) => ![undefined, valueIn(record, path)].includes(valueAt(base, path)));
      return isEdited ? [{ id: record.id, description: `deleted ${record.id}` }] : [];
    }),
    ...accountsCreated.flatMap((record) =>
      baseOf(record, desired) === undefined ? [] : [{ id: record.id, description: `created ${record.id} again` }],
    ),
  ];
}

/** Returns the version at the base of the only entry that matches an account, unless the base deletes the account. */
function baseOf(record: AccountRecord, { accounts = [], base }: DesiredState): DeclaredAccount | undefined {
  const [entry, ...others] = accounts.filter((candidate) => matchesEntry(candidate, record));
  if (entry === undefined || others.length > 0) return undefined;
  const earlier = base?.accounts?.find(({ key }) => key === entry.key);
  return earlier?.ensure === "present" && matchesEntry(earlier, record) ? earlier : undefined;
}

/** Returns a value in the form that `valueIn` returns; undefined if the entry does not manage the value. */
function valueAt(entry: DeclaredAccount | undefined, path: string): string | undefined {
  if (entry === undefined) return undefined;
  if (path === "name" || path === "description") return entry[path];
  const field = entry.customFields?.find(({ name }) => fieldPath(name) === path);
  if (field === undefined) return entry.exact.includes("custom_fields") ? "" : undefined;
  return field.value === null || field.value === "" ? "" : JSON.stringify(field.value);
}

function declares({ domains = [], exact }: DeclaredAccount, domain: string): boolean | undefined {
  if (domains.some((declared) => declared.domain === domain)) return true;
  return exact.includes("domains") ? false : undefined;
}

/** Returns whether a person or another run changed an account after the run may have read the account. */
function isRecent(id: string, run: Run, { edits, network, company }: Simulation): boolean {
  const others = network.log.filter(({ process }) => process !== run.process).flatMap(({ effects }) => effects);
  const record = company.accounts.get(id);
  return [...edits, ...others].some(
    ({ at, accountsChanged, accountsCreated, accountsDeleted }) =>
      at > run.startedAt - VISIBLE_AFTER_MS &&
      [...accountsChanged.map(({ before }) => before), ...accountsCreated, ...accountsDeleted].some(
        (account) =>
          account.id === id ||
          (record !== undefined &&
            isIdentifiedBy(record, { domains: [...account.domains], externalId: account.externalId })),
      ),
  );
}
