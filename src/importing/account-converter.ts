import type { FieldDefinition } from "../front/api.ts";
import { type AccountMatch, matchAccounts } from "../matching/match-accounts.ts";
import { accountLabel, type DeclaredAccount, domainKey, type RemoteAccount } from "../model/account.ts";
import { declaredIdentifiers, identifiersOf } from "../model/company.ts";
import { LIMITS } from "../model/limits.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import {
  type AccountEntry,
  checkIdentifier,
  type EntryAccount,
  EntryBuilder,
  type EntryProblem,
  type EntryUpdate,
  type ImportWarning,
  managesProperty,
} from "./entry.ts";
import { EntryKeys } from "./entry-keys.ts";
import { createAccountCheck } from "./entry-yaml.ts";
import { addField } from "./remote-to-entry.ts";

export interface AccountUpdate {
  readonly update?: EntryUpdate;
  readonly warnings?: readonly ImportWarning[];
  /** The reason why there is no update. Omitted for an entry that deletes an account that does not exist in Front. */
  readonly reason?: string;
}

/**
 * Converts accounts in Front to entries. An entry identifies its account by external ID and domains, or by ID if it can
 * contain neither.
 */
export class AccountConverter {
  readonly skipped: ImportWarning[] = [];
  readonly #fields: readonly FieldDefinition[];
  readonly #keys: EntryKeys;
  readonly #matchByKey: ReadonlyMap<string, AccountMatch>;
  readonly #declaredById: ReadonlyMap<string, DeclaredAccount>;
  /**
   * The owners of each identifier: the IDs of accounts in Front, and the keys of declared accounts that match no
   * account in Front.
   */
  readonly #owners = new Map<string, Set<string>>();
  readonly #checkDomain: (domain: string) => string | undefined;

  constructor(
    remote: readonly RemoteAccount[],
    declared: readonly DeclaredAccount[],
    fields: readonly FieldDefinition[],
  ) {
    const { entries } = matchAccounts(
      declared.map((desired) => ({ desired, customFields: undefined })),
      remote,
    );
    this.#matchByKey = new Map(entries.map(({ match, resolved }) => [resolved.desired.key, match]));
    this.#declaredById = new Map(
      entries.flatMap(({ match, resolved }) => ("account" in match ? [[match.account.id, resolved.desired]] : [])),
    );
    this.#fields = fields;
    this.#checkDomain = createDomainCheck(remote.flatMap(({ domains }) => domains.map(domainKey)));
    this.#keys = new EntryKeys(declared.map(({ key }) => key));
    for (const account of remote) this.#addOwner(account.id, identifiersOf(account));
    const ids = new Map([...this.#declaredById].map(([id, entry]) => [entry, id]));
    for (const entry of declared) this.#addOwner(ids.get(entry) ?? entry.key, declaredIdentifiers(entry));
  }

  #addOwner(owner: string, identifiers: readonly string[]): void {
    for (const identifier of identifiers)
      this.#owners.set(identifier, (this.#owners.get(identifier) ?? new Set()).add(owner));
  }

  /**
   * Returns the accounts, with a declaration if no entry declares them. Omits an account that cannot be declared or whose
   * entry has `ensure: absent`, and adds a warning to `skipped`.
   */
  convertAll(accounts: readonly RemoteAccount[]): readonly EntryAccount[] {
    const undeclared = accounts.filter(({ id }) => !this.#declaredById.has(id));
    const declarations = new Map(undeclared.map((account) => [account.id, this.#declarationOf(account)]));
    const findError = createAccountCheck([...declarations.values()].map(({ entry }) => entry));
    return accounts.flatMap((account) => {
      const { id } = account;
      const identifiers = new Set(identifiersOf(account));
      const declared = this.#declaredById.get(id);
      if (declared?.ensure === "absent") return this.#skip(account, `has ensure: absent in its entry ${declared.key}`);
      const declaration = declarations.get(id);
      if (declaration === undefined) return declared === undefined ? [] : [{ key: declared.key, id, identifiers }];
      const key = this.#keys.nextForTexts([account.name, ...account.domains, account.externalId ?? ""], "account");
      const problem = findError(key, declaration.entry);
      return problem === undefined ? [{ key, id, identifiers, declaration }] : this.#skip(account, problem);
    });
  }

  /** Returns whether the entry of the account in Front with this ID has `ensure: absent`. */
  isDeleted(id: string): boolean {
    return this.#declaredById.get(id)?.ensure === "absent";
  }

  updateOf(entry: DeclaredAccount): AccountUpdate {
    const match = this.#matchByKey.get(entry.key);
    if (match?.kind !== "match") return omitUndefined({ reason: explainNoUpdate(match?.kind) });
    const { values, problems } = this.#valuesOf(match.account);
    const managed = problems.filter(({ property }) => managesProperty({ ...entry, handles: [] }, property));
    return {
      update: {
        entry: { ...values, handles: [], links: [], lists: [] },
        complete: true,
        isAvatarUnchanged: true,
        omitted: new Set(problems.map(({ property }) => property)),
      },
      warnings: managed.map(({ text }) => ({ kind: "value-unchanged", text: `account ${entry.key}: ${text}` })),
    };
  }

  #skip(account: RemoteAccount, problem: string): readonly [] {
    this.skipped.push({ kind: "account-skipped", text: `account ${accountLabel(account)} ${problem}` });
    return [];
  }

  #declarationOf(account: RemoteAccount): NonNullable<EntryAccount["declaration"]> {
    const { values, problems } = this.#valuesOf(account);
    const isIdentified = values.externalId !== undefined || values.domains.length > 0;
    const label = `account ${accountLabel(account)}`;
    return {
      entry: isIdentified ? values : { ...values, id: account.id },
      warnings: problems.map(({ text }) => ({ kind: "value-skipped", text: `${label}: ${text}` })),
    };
  }

  /** Returns the values that a file can contain, and a problem for each value that it cannot contain. */
  #valuesOf(account: RemoteAccount): { readonly values: AccountEntry; readonly problems: readonly EntryProblem[] } {
    const builder = new EntryBuilder(new Map());
    builder.setName(account.name);
    builder.setDescription(account.description);
    for (const [name, value] of account.customFields) addField(builder, name, value, this.#fields);
    const problems: EntryProblem[] = [...builder.problems];
    const accept = (property: string, label: string, identifiers: Identifiers, reason: string | undefined): boolean => {
      const isShared = identifiersOf(identifiers).some((identifier) => (this.#owners.get(identifier)?.size ?? 0) > 1);
      const problem = reason ?? (isShared ? "also belongs to another account" : undefined);
      if (problem !== undefined) problems.push({ property, text: `${label} ${problem}` });
      return problem === undefined;
    };
    const externalId = account.externalId || undefined;
    const isUsable =
      externalId !== undefined && accept("external_id", "the external ID", { externalId }, checkIdentifier(externalId));
    const domains = [...new Set(account.domains.map(domainKey))].filter((domain) =>
      accept("domains", `the domain ${domain}`, { domains: [domain] }, this.#checkDomain(domain)),
    );
    const { name, description, customFields } = builder.build();
    const values = omitUndefined({
      name,
      description,
      customFields,
      domains: domains.slice(0, LIMITS.entries),
      externalId: isUsable ? externalId : undefined,
    });
    return { values, problems };
  }
}

type Identifiers = Parameters<typeof identifiersOf>[0];

function explainNoUpdate(kind: AccountMatch["kind"] | undefined): string | undefined {
  if (kind === "already-deleted") return undefined;
  if (kind === "deletion") return "the entry has ensure: absent; to update it, remove ensure: absent";
  if (kind === "no-match") return "Front has no account with its ID, external ID or domains; run plan for details";
  return "it does not match exactly one account; run plan for details";
}

/** Returns a function that checks a domain, which must be one of `domains`. */
function createDomainCheck(domains: readonly string[]): (domain: string) => string | undefined {
  const problems = new Map(domains.map((domain) => [domain, checkIdentifier(domain)]));
  const entries = new Map(
    [...problems].flatMap(([domain, problem]) =>
      problem === undefined ? [[domain, { domains: [domain], customFields: [] }] as const] : [],
    ),
  );
  const findError = createAccountCheck([...entries.values()]);
  return (domain) => {
    const entry = entries.get(domain);
    return entry === undefined ? problems.get(domain) : findError("account", entry);
  };
}
