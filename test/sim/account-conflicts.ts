import { ACME, type AccountEntry } from "./account-entries.ts";
import { type AccountRecord, isIdentifiedBy } from "./company.ts";
import type { Simulation } from "./simulation.ts";

/** Returns whether the files and the accounts in Front contradict each other, so that a person has to decide. */
export function hasAccountConflicts(simulation: Simulation): boolean {
  const records = [...simulation.company.accounts.values()];
  const entries = Object.values(simulation.scenario.accounts ?? {});
  const found = entries.map((entry) => records.filter((record) => finds(entry, record)));
  const all = found.flat();
  return (
    isAcmeMissing(simulation) ||
    new Set(all).size < all.length ||
    found.some((matches) => matches.length > 1) ||
    entries.some((entry, index) => isImpossible(entry, found[index]?.[0]))
  );
}

/** Resolves contradictions as a person could: deletes declared accounts, and creates those that the tool cannot create. */
export async function resolveAccountConflicts(simulation: Simulation): Promise<void> {
  const { front, company, scenario } = simulation;
  const entries = Object.values(scenario.accounts ?? {});
  for (const record of company.accounts.values()) {
    if (entries.some((entry) => finds(entry, record))) await front.asTeammate("DELETE", `/accounts/${record.id}`);
  }
  if (isAcmeMissing(simulation)) await front.asTeammate("POST", "/accounts", ACME);
  for (const { name, ensure, domains, external_id } of entries) {
    if (name !== undefined || ensure === "absent") continue;
    await front.asTeammate("POST", "/accounts", { name: "Decided", domains, external_id });
  }
}

function finds({ domains = [], external_id: externalId }: AccountEntry, record: AccountRecord): boolean {
  return isIdentifiedBy(record, { domains, externalId });
}

/** True if the API cannot satisfy an entry: it sets external ids only at creation, and creates no account without a name. */
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
