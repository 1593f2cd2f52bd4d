import { accountAddress, contactAddress, listAddress } from "../model/address.ts";
import { append } from "../model/append.ts";
import type { Change } from "../model/change.ts";
import type { DesiredState } from "../model/contact.ts";
import { type Diagnostic, generalError, generalWarning } from "../model/diagnostic.ts";
import { type Operation, type Plan, type Targets, withoutSubjects } from "../model/plan.ts";
import { groupDigits, plural } from "../model/plural.ts";
import { Suggestions } from "../model/suggest.ts";

export interface SelectablePlan {
  readonly changes: readonly Change[];
  readonly operations: readonly Operation[];
  readonly problems: readonly Diagnostic[];
}

/** Maps each address to other addresses, such as those that it depends on. */
type Graph = ReadonlyMap<string, ReadonlySet<string>>;
type MutableGraph = Map<string, Set<string>>;

/**
 * Returns the part of a plan that the targets select, including dependencies such as lists, accounts and merged
 * contacts. A handle move is selected or excluded as a whole, with its source contact and its target contact.
 */
export function selectTargets(
  fullPlan: SelectablePlan,
  desired: DesiredState,
  { targets, isUndo }: { readonly targets: Targets; readonly isUndo: boolean },
): SelectablePlan {
  const addresses = fullPlan.changes.map(({ address }) => address);
  const allAddresses = [...new Set([...declaredAddresses(desired), ...addresses])];
  const { only = [], except = [] } = targets;
  const unmatched = unmatchedPatterns([...only, ...except], allAddresses);
  const createdLists = new Set(
    fullPlan.changes
      .filter(({ type, action }) => type === "front_contact_list" && action === "create")
      .map(({ address }) => address),
  );
  const selected = selectAddresses(addresses, createdLists, dependenciesOf(fullPlan.operations), targets);
  const changes = fullPlan.changes.filter(({ address }) => selected.has(address));
  const excluded = fullPlan.changes.filter(({ address }) => !selected.has(address));
  return {
    changes,
    operations: selectOperations(fullPlan.operations, selected),
    problems: [
      ...fullPlan.problems,
      ...(unmatched.length === 0
        ? warnPartialPlan(targets, { changes, excluded, isUndo })
        : reportUnknownTargets(unmatched, allAddresses)),
    ],
  };
}

function declaredAddresses({ contacts, lists, accounts = [] }: DesiredState): string[] {
  return [
    ...lists.map(({ name }) => listAddress(name)),
    ...accounts.map(({ key }) => accountAddress(key)),
    ...contacts.map(({ key }) => contactAddress(key)),
  ];
}

/** Returns a function that returns whether the targets select an address directly, and not only as a dependency. */
export function targetFilter({ only, except = [] }: Targets = {}): AddressFilter {
  const [isIncluded, isExcluded] = [only && matcherOf(only), matcherOf(except)];
  return (address) => isIncluded?.(address) !== false && !isExcluded(address);
}

/** Returns the patterns that match none of the addresses. */
export function unmatchedPatterns(patterns: readonly string[], addresses: readonly string[]): string[] {
  const known = new Set(addresses);
  const globs = new GlobIndex(patterns);
  const matched = new Set(addresses.flatMap((address) => globs.takeMatching(address)));
  return patterns.filter((pattern) => !known.has(pattern) && !matched.has(pattern));
}

type AddressFilter = (address: string) => boolean;

/**
 * Returns a function that returns whether an address matches at least one of the patterns. Comparing each address with
 * each pattern would take seconds for 5,000 patterns and 20,000 addresses.
 */
export function matcherOf(patterns: readonly string[]): AddressFilter {
  const exact = new Set(patterns);
  const globs = new GlobIndex(patterns);
  return (address) => exact.has(address) || globs.matches(address);
}

/**
 * The patterns with wildcards, by the text before the first wildcard, so that an address is compared only with patterns
 * that begin like it.
 */
class GlobIndex {
  readonly #byPrefix = new Map<string, Set<string>>();
  readonly #prefixLengths: readonly number[];

  constructor(patterns: readonly string[]) {
    for (const pattern of patterns) {
      const length = pattern.search(/[*?]/);
      if (length === -1) continue;
      const prefix = pattern.slice(0, length);
      this.#byPrefix.set(prefix, (this.#byPrefix.get(prefix) ?? new Set()).add(pattern));
    }
    this.#prefixLengths = [...new Set(Array.from(this.#byPrefix.keys(), ({ length }) => length))];
  }

  matches(address: string): boolean {
    for (const patterns of this.#candidates(address))
      for (const pattern of patterns) if (globMatches(pattern, address)) return true;
    return false;
  }

  /** Removes the patterns that match an address, and returns them. */
  takeMatching(address: string): readonly string[] {
    return this.#candidates(address).flatMap((patterns) => {
      const matching = [...patterns].filter((pattern) => globMatches(pattern, address));
      for (const pattern of matching) patterns.delete(pattern);
      return matching;
    });
  }

  #candidates(address: string): readonly Set<string>[] {
    return this.#prefixLengths.flatMap((length) => this.#byPrefix.get(address.slice(0, length)) ?? []);
  }
}

/**
 * Returns whether a pattern matches a text: `*` matches any text, and `?` one character. Names may contain these
 * characters, so a pattern also matches an address that equals it. Backtracks only to the last `*`, so the time is not
 * exponential.
 */
function globMatches(pattern: string, text: string): boolean {
  let [patternIndex, textIndex] = [0, 0];
  let lastStar: { readonly pattern: number; text: number } | undefined;
  while (textIndex < text.length) {
    if (pattern[patternIndex] === "*") {
      lastStar = { pattern: patternIndex, text: textIndex };
      patternIndex += 1;
    } else if (pattern[patternIndex] === "?" || pattern[patternIndex] === text[textIndex]) {
      patternIndex += 1;
      textIndex += 1;
    } else if (lastStar === undefined) {
      return false;
    } else {
      lastStar.text += 1;
      [patternIndex, textIndex] = [lastStar.pattern + 1, lastStar.text];
    }
  }
  return /^\**$/.test(pattern.slice(patternIndex));
}

/** Returns the addresses that the targets select. `createdLists` contains the addresses of the lists to create. */
function selectAddresses(
  addresses: readonly string[],
  createdLists: ReadonlySet<string>,
  dependencies: Graph,
  { only, except = [] }: Targets,
): ReadonlySet<string> {
  const matching = (patterns: readonly string[]) => addresses.filter(matcherOf(patterns));
  if (only !== undefined) return reachable(matching(only), dependencies);
  const excluded = reachable(matching(except), reverse(dependencies));
  const included = addresses.filter((address) => !excluded.has(address));
  const needed = new Set(included.flatMap((address) => [...(dependencies.get(address) ?? [])]));
  // A list is created only if an included contact needs it.
  return new Set(included.filter((address) => !createdLists.has(address) || needed.has(address)));
}

function reachable(start: readonly string[], graph: Graph): ReadonlySet<string> {
  const reached = new Set(start);
  for (const address of reached) for (const other of graph.get(address) ?? []) reached.add(other);
  return reached;
}

function reverse(graph: Graph): Graph {
  const reversed: MutableGraph = new Map();
  for (const [from, targets] of graph) addEdges(reversed, [...targets], [from]);
  return reversed;
}

function addEdges(graph: MutableGraph, from: readonly string[], to: readonly string[]): void {
  for (const start of from) {
    const targets = graph.get(start) ?? new Set();
    for (const end of to) if (end !== start) graph.set(start, targets.add(end));
  }
}

function dependenciesOf(operations: readonly Operation[]): Graph {
  const graph: MutableGraph = new Map();
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  for (const operation of operations) {
    const { subjects } = operation;
    // Each contact of an operation on several contacts can be excluded.
    if (!("contacts" in operation)) addEdges(graph, subjects, subjects);
    const dependencies = operation.dependsOn.flatMap((id) => byId.get(id) ?? []);
    for (const dependency of dependencies.filter((other) => !shareSubject(other, operation))) {
      addEdges(graph, subjects, dependency.subjects);
      // A handle must not be removed from its source contact unless it is added to the target contact.
      if (dependency.kind === "remove-handle") addEdges(graph, dependency.subjects, subjects);
    }
  }
  return graph;
}

/** A dependency between operations with a common subject concerns only that subject. */
function shareSubject(a: Operation, b: Operation): boolean {
  return a.subjects.some((subject) => b.subjects.includes(subject));
}

function selectOperations(operations: readonly Operation[], addresses: ReadonlySet<string>): Operation[] {
  const excluded = { has: (address: string) => !addresses.has(address) };
  const selected = operations
    .filter(({ subjects }) => !subjects.every(excluded.has))
    .flatMap((operation) => withoutSubjects(operation, excluded));
  const ids = new Set(selected.map(({ id }) => id));
  return selected.map((operation) => ({ ...operation, dependsOn: operation.dependsOn.filter((id) => ids.has(id)) }));
}

function reportUnknownTargets(patterns: readonly string[], addresses: readonly string[]): Diagnostic[] {
  const known = new Set(addresses);
  const suggestAddress = createAddressSuggester(addresses);
  return patterns.map((pattern) => reportUnknownTarget(pattern, known, suggestAddress));
}

/**
 * Returns a function that suggests an address for a pattern. It compares keys instead of whole addresses, because all
 * addresses of one type begin alike.
 */
function createAddressSuggester(addresses: readonly string[]): (pattern: string) => string | undefined {
  const typeOf = (address: string) => /^front_[a-z_]+\./.exec(address)?.[0] ?? "";
  const keys = new Map<string, string[]>();
  for (const address of addresses) append(keys, typeOf(address), address.slice(typeOf(address).length));
  const suggestions = new Map([...keys].map(([type, members]) => [type, new Suggestions(() => members)]));
  const anySuggestions = new Suggestions(() => addresses);
  return (pattern) => {
    const type = typeOf(pattern);
    const ofType = suggestions.get(type);
    if (ofType === undefined) return anySuggestions.suggestFor(pattern);
    const key = ofType.suggestFor(pattern.slice(type.length));
    return key === undefined ? undefined : type + key;
  };
}

function reportUnknownTarget(
  pattern: string,
  addresses: ReadonlySet<string>,
  suggestAddress: (pattern: string) => string | undefined,
): Diagnostic {
  const [, listName = pattern] = /^front_contact_list\.(?:this\[)?(.*?)\]?$/.exec(pattern) ?? [];
  const completed = [contactAddress(pattern), accountAddress(pattern), listAddress(listName)];
  const suggestion = completed.find((address) => addresses.has(address)) ?? suggestAddress(pattern);
  const format = `An address is front_contact.KEY, front_contact.TABLE["ROW"], front_account.KEY or ${listAddress("NAME")}; * matches any text, and ? matches any character. In a shell, put the address in single quotes.`;
  const summary = `"${pattern}" matches no resource address in the configuration`;
  const advice = suggestion === undefined ? format : `Did you mean ${suggestion}? ${format}`;
  return generalError("target-unknown", summary, advice);
}

const MAX_ADDRESSES = 5;

const CHECK_REST =
  "plan with the same options, but without targets and exclusions, to check that Front matches the configuration.";
// Without the ID or the saved plan, the latest run is undone, which is then this undo.
const UNDO_REST = "To undo the rest, undo the same run again by its ID or saved plan, without targets or exclusions.";

function warnPartialPlan(
  { only, except }: Targets,
  { changes, excluded, isUndo }: Record<"changes" | "excluded", readonly Change[]> & { readonly isUndo: boolean },
): Diagnostic[] {
  if (excluded.length === 0) return [];
  const [isIncluded, isExcluded] = [only && matcherOf(only), except && matcherOf(except)];
  const dependencies = isIncluded === undefined ? [] : changes.filter(({ address }) => !isIncluded(address));
  const dependents = isExcluded === undefined ? [] : excluded.filter(({ address }) => !isExcluded(address));
  const advice = [
    ...(dependencies.length === 0 ? [] : [`Included as dependencies: ${joinAddresses(dependencies)}.`]),
    ...(dependents.length === 0 ? [] : [`Also excluded: ${joinAddresses(dependents)}.`]),
    isUndo ? UNDO_REST : `${changes.length === 0 ? "Run" : "After applying it, run"} ${CHECK_REST}`,
  ].join(" ");
  const summary = `This plan is partial: ${plural(excluded.length, "change is", "changes are")} excluded`;
  return [generalWarning("plan-partial", summary, advice)];
}

function joinAddresses(changes: readonly Change[]): string {
  const names = changes.slice(0, MAX_ADDRESSES).map(({ address }) => address);
  return [
    ...names,
    ...(changes.length > MAX_ADDRESSES ? [`${groupDigits(changes.length - MAX_ADDRESSES)} more`] : []),
  ].join(", ");
}

/** Returns a warning if the applied plan was partial. `diagnostics` are those of the plan or the saved plan. */
export function warnPartialApply({ diagnostics, undoes }: Pick<Plan, "diagnostics" | "undoes">): Diagnostic[] {
  if (!diagnostics.some(({ code }) => code === "plan-partial")) return [];
  if (undoes !== undefined) return [generalWarning("apply-partial", "Only part of the run was undone", UNDO_REST)];
  return [generalWarning("apply-partial", "Only part of the configuration was applied", `Run ${CHECK_REST}`)];
}
