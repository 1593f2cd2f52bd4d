import { accountAddress, contactAddress, listAddress } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import type { DesiredState } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Operation, Plan, Targets } from "../model/plan.ts";
import { suggest } from "../model/suggest.ts";

/** The part of a plan that targets select from. */
export interface Planning {
  readonly changes: readonly Change[];
  readonly operations: readonly Operation[];
  readonly problems: readonly Diagnostic[];
}

/** The addresses that each address depends on. */
type Needs = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Returns the part of a plan that the targets select, together with its dependencies: lists, the source and the target
 * of moved handles, and merged contacts. A handle move is selected or left out as a whole.
 */
export function narrow(whole: Planning, desired: DesiredState, targets: Targets): Planning {
  const addresses = whole.changes.map(({ address }) => address);
  const known = [...new Set([...declaredAddresses(desired), ...addresses])];
  const unknown = patternsOf(targets).filter((pattern) => !known.some((address) => matches(pattern, address)));
  const created = new Set(
    whole.changes
      .filter(({ type, action }) => type === "front_contact_list" && action === "create")
      .map(({ address }) => address),
  );
  const chosen = choose(addresses, created, needsOf(whole.operations), targets);
  const changes = whole.changes.filter(({ address }) => chosen.has(address));
  const left = whole.changes.filter(({ address }) => !chosen.has(address));
  return {
    changes,
    operations: narrowOperations(whole.operations, chosen),
    problems: [
      ...whole.problems,
      ...(unknown.length === 0
        ? [partialPlan(targets, { changes, left })]
        : unknown.map((pattern) => unknownTarget(pattern, known))),
    ],
  };
}

function patternsOf({ only = [], except = [] }: Targets): readonly string[] {
  return [...only, ...except];
}

function declaredAddresses({ contacts, lists, accounts = [] }: DesiredState): string[] {
  return [
    ...lists.map(({ name }) => listAddress(name)),
    ...accounts.map(({ key }) => accountAddress(key)),
    ...contacts.map(({ key }) => contactAddress(key)),
  ];
}

/** Returns whether the targets select an address itself, and not only as a dependency. */
export function isTargeted(address: string, targets: Targets | undefined): boolean {
  const { only, except = [] } = targets ?? {};
  const isNamed = (patterns: readonly string[]) => patterns.some((pattern) => matches(pattern, address));
  return (only === undefined || isNamed(only)) && !isNamed(except);
}

/**
 * Returns whether a pattern matches an address: `*` stands for any text, `?` for one character. Names may contain both
 * characters, so a pattern that equals the address always matches.
 */
function matches(pattern: string, address: string): boolean {
  if (pattern === address) return true;
  if (!/[*?]/.test(pattern)) return false;
  return globMatches(pattern, address);
}

/** Matches a pattern. Backtracking only to the last `*` limits the time to the product of both lengths. */
function globMatches(pattern: string, text: string): boolean {
  let [at, from] = [0, 0];
  let star: { readonly pattern: number; text: number } | undefined;
  while (from < text.length) {
    if (pattern[at] === "*") {
      star = { pattern: at, text: from };
      at += 1;
    } else if (pattern[at] === "?" || pattern[at] === text[from]) {
      at += 1;
      from += 1;
    } else if (star === undefined) {
      return false;
    } else {
      star.text += 1;
      [at, from] = [star.pattern + 1, star.text];
    }
  }
  return /^\**$/.test(pattern.slice(at));
}

/** Returns the addresses that the targets select. `created` contains the addresses of lists to create. */
function choose(
  addresses: readonly string[],
  created: ReadonlySet<string>,
  needs: Needs,
  { only, except = [] }: Targets,
): ReadonlySet<string> {
  const matching = (patterns: readonly string[]) =>
    addresses.filter((address) => patterns.some((pattern) => matches(pattern, address)));
  if (only !== undefined) return closure(matching(only), needs);
  const excluded = closure(matching(except), reverse(needs));
  const rest = addresses.filter((address) => !excluded.has(address));
  const needed = new Set(rest.flatMap((address) => [...(needs.get(address) ?? [])]));
  // A list is created only for contacts that need it, so it is left out with the last of them.
  return new Set(rest.filter((address) => !created.has(address) || needed.has(address)));
}

/** Returns the addresses and everything that can be reached from them. */
function closure(start: readonly string[], next: Needs): ReadonlySet<string> {
  const reached = new Set(start);
  for (const address of reached) for (const other of next.get(address) ?? []) reached.add(other);
  return reached;
}

function reverse(needs: Needs): Needs {
  const links = new Links();
  for (const [address, needed] of needs) for (const other of needed) links.add(other, address);
  return links.all;
}

class Links {
  readonly all = new Map<string, Set<string>>();

  add(from: string, to: string): void {
    if (from === to) return;
    const known = this.all.get(from) ?? new Set();
    this.all.set(from, known.add(to));
  }
}

function needsOf(operations: readonly Operation[]): Needs {
  const links = new Links();
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  for (const operation of operations) {
    if (!isShared(operation)) linkAll(operation.subjects, operation.subjects, links);
    const needed = operation.dependsOn.map((id) => byId.get(id)).filter((other) => other !== undefined);
    for (const other of needed) if (!isOwn(other, operation)) linkOperations(operation, other, links);
  }
  return links.all;
}

/**
 * Links an operation to one that it needs. Links both ends of a handle move, because a handle that is not added to its
 * target must not be removed from its source.
 */
function linkOperations(operation: Operation, needed: Operation, links: Links): void {
  linkAll(operation.subjects, needed.subjects, links);
  if (needed.kind === "remove-handle") linkAll(needed.subjects, operation.subjects, links);
}

function linkAll(from: readonly string[], to: readonly string[], links: Links): void {
  for (const each of from) for (const other of to) links.add(each, other);
}

type SharedOperation = Extract<Operation, { readonly contacts: unknown }>;

/** Returns whether an operation is one request for independent contacts, which can be left out one by one. */
function isShared(operation: Operation): operation is SharedOperation {
  return "contacts" in operation;
}

/**
 * Returns whether two operations have a subject in common. The needed one then concerns that subject only, and not the
 * others of the operation.
 */
function isOwn(needed: Operation, operation: Operation): boolean {
  return needed.subjects.some((subject) => operation.subjects.includes(subject));
}

function narrowOperations(operations: readonly Operation[], chosen: ReadonlySet<string>): Operation[] {
  const narrowed = operations.map((operation) => (isShared(operation) ? narrowShared(operation, chosen) : operation));
  const kept = narrowed.filter(({ subjects }) => subjects.some((subject) => chosen.has(subject)));
  const ids = new Set(kept.map(({ id }) => id));
  return kept.map((operation) => ({ ...operation, dependsOn: operation.dependsOn.filter((id) => ids.has(id)) }));
}

/** Returns the operation for the chosen subjects only. The contact of each subject has the same index. */
function narrowShared(operation: SharedOperation, chosen: ReadonlySet<string>): SharedOperation {
  const stays = (_: unknown, index: number) => chosen.has(operation.subjects[index] ?? "");
  return { ...operation, subjects: operation.subjects.filter(stays), contacts: operation.contacts.filter(stays) };
}

function unknownTarget(pattern: string, known: readonly string[]): Diagnostic {
  const [, listName = pattern] = /^front_contact_list\.(?:this\[)?(.*?)\]?$/.exec(pattern) ?? [];
  const named = [contactAddress(pattern), accountAddress(pattern), listAddress(listName)];
  const full = named.find((address) => known.includes(address));
  const near = full ?? suggest(pattern, known);
  const form = `An address is front_contact.KEY, front_contact.TABLE["ROW"], front_account.KEY or ${listAddress("NAME")}; * stands for any text, ? for any character. Put single quotes around it in a shell.`;
  return {
    severity: "error",
    code: "target-unknown",
    summary: `${pattern} matches no resource address in the configuration`,
    advice: near === undefined ? form : `Did you mean ${near}? ${form}`,
  };
}

/** Maximum number of addresses in a list; more are counted. */
const MAX_LISTED = 5;

function partialPlan(
  targets: Targets,
  { changes, left }: { readonly changes: readonly Change[]; readonly left: readonly Change[] },
): Diagnostic {
  const dependencies =
    targets.only === undefined ? [] : changes.filter(({ address }) => !isNamed(address, targets.only));
  const dependents =
    targets.except === undefined ? [] : left.filter(({ address }) => !isNamed(address, targets.except));
  return {
    severity: "warning",
    code: "plan-partial",
    summary: `This plan is partial: it leaves out ${pluralChanges(left)}`,
    advice: [
      ...(dependencies.length === 0 ? [] : [`Included as dependencies: ${listNames(dependencies)}.`]),
      ...(dependents.length === 0 ? [] : [`Excluded as dependents: ${listNames(dependents)}.`]),
      "Afterwards, run plan without targets to check that Front matches the configuration.",
    ].join(" "),
  };
}

function isNamed(address: string, patterns: readonly string[] = []): boolean {
  return patterns.some((pattern) => matches(pattern, address));
}

function pluralChanges({ length }: readonly Change[]): string {
  return `${length === 0 ? "no" : length} ${length === 1 ? "change" : "changes"}`;
}

function listNames(changes: readonly Change[]): string {
  const names = changes.slice(0, MAX_LISTED).map(({ address }) => address);
  return [...names, ...(changes.length > MAX_LISTED ? [`${changes.length - MAX_LISTED} more`] : [])].join(", ");
}

/** Returns a warning if the applied plan was partial. */
export function warnPartialApply({ targets }: Pick<Plan, "targets">): Diagnostic[] {
  if (targets === undefined) return [];
  return [
    {
      severity: "warning",
      code: "apply-partial",
      summary: "Only part of the configuration was applied",
      advice: "Run plan without targets to check that Front matches the configuration.",
    },
  ];
}
