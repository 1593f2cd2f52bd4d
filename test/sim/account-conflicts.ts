import { ACME, type AccountEntry } from "./account-entries.ts";
import { type AccountRecord, isIdentifiedBy } from "./company.ts";
import type { Simulation } from "./simulation.ts";

/** Returns whether the accounts in Front have conflicts that only a person can resolve. */
export function hasAccountConflicts(simulation: Simulation): boolean {
  const records = [...simulation.company.accounts.values()];
  const entries = Object.values(simulation.scenario.accounts ?? {});
  const matches = entries.map((entry) => records.filter((record) => matchesAccount(entry, record)));
  const matchedRecords = matches.flat();
  return (
    isAcmeMissing(simulation) ||
    new Set(matchedRecords).size < matchedRecords.length ||
    matches.some((accounts) => accounts.length > 1) ||
    entries.some((entry, index) => isImpossible(entry, matches[index]?.[0]))
  );
}

/** Deletes the accounts that match entries, and creates the accounts that the tool cannot create. */
export async function resolveAccountConflicts(simulation: Simulation): Promise<void> {
  const { front, company, scenario } = simulation;
  const entries = Object.values(scenario.accounts ?? {});
  for (const record of company.accounts.values()) {
    if (entries.some((entry) => matchesAccount(entry, record)))
      await front.asTeammate("DELETE", `/accounts/${record.id}`);
  }
  if (isAcmeMissing(simulation)) await front.asTeammate("POST", "/accounts", ACME);
  for (const { name, ensure, domains, external_id } of entries) {
    if (name !== undefined || ensure === "absent") continue;
    await front.asTeammate("POST", "/accounts", { name: "Decided", domains, external_id });
  }
}

function matchesAccount({ domains = [], external_id: externalId }: AccountEntry, record: AccountRecord): boolean {
  return isIdentifiedBy(record, { domains, externalId });
}

/**
 * Returns whether the API cannot make an account match its entry. It sets an external ID only at creation, and a new
 * account requires a name.
 */
function isImpossible(
  { ensure, name, external_id: externalId }: AccountEntry,
  record: AccountRecord | undefined,
): boolean {
  if (ensure === "absent") return false;
  if (record === undefined) return name === undefined;
  return externalId !== undefined && record.externalId !== externalId;
}

function isAcmeMissing({ company, entries }: Simulation): boolean {
  const isNamed = Object.values(entries).some(({ account }) => typeof account === "object");
  return isNamed && ![...company.accounts.values()].some((record) => isIdentifiedBy(record, ACME));
}
