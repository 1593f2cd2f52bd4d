import type { SeededRandom } from "./seeded-random.ts";

export const FAULTS = [
  "429-with-retry-after",
  "429-of-a-tier",
  "429-without-headers",
  "429-for-long",
  "5xx-before",
  "5xx-after",
  "reset-before",
  "reset-after",
  "done-later",
  "stale",
  "cut-body",
  "half-body",
  "html",
  "html-error",
  "no-route",
  "slow",
  "too-slow",
] as const;
export type FaultKind = (typeof FAULTS)[number];

/** Groups of requests, by what they read or change. */
export const GROUPS = [
  "read settings",
  "read a list of contacts",
  "read a contact",
  "create a contact",
  "update a contact",
  "upload a picture",
  "change handles",
  "change members",
  "create a list",
  "create an account",
  "update an account",
  "delete an account",
  "link contacts",
  "merge",
  "delete a contact",
] as const;
export type Group = (typeof GROUPS)[number];

/** Returns the group of a request. `isForm` is true for a multipart body, which uploads a picture. */
export function groupOf(method: string, path: string, isForm: boolean): Group {
  const group = RULES.find(([methods, pattern]) => methods.test(method) && pattern.test(path))?.[2] ?? "read settings";
  return group === "update a contact" && isForm ? "upload a picture" : group;
}

const RULES: readonly (readonly [method: RegExp, path: RegExp, group: Group])[] = [
  [/GET/, /^\/contacts\/(crd_|alt:)[^/]*$/, "read a contact"],
  [/GET/, /\/contacts$/, "read a list of contacts"],
  [/POST/, /^\/contacts$/, "create a contact"],
  [/POST/, /^\/contacts\/merge$/, "merge"],
  [/POST/, /^(\/teams\/[^/]+)?\/contact_lists$/, "create a list"],
  // If two runs create the same list at the same time, one run deletes its list.
  [/DELETE/, /^\/contact_lists\/[^/]+$/, "create a list"],
  [/POST/, /^\/accounts$/, "create an account"],
  [/DELETE/, /^\/accounts\/[^/]+$/, "delete an account"],
  [/PATCH/, /^\/accounts\/[^/]+$/, "update an account"],
  [/POST|DELETE/, /^\/accounts\/[^/]+\/contacts$/, "link contacts"],
  [/POST|DELETE/, /\/handles$/, "change handles"],
  [/POST|DELETE/, /\/contacts$/, "change members"],
  [/DELETE/, /^\/contacts\/[^/]+$/, "delete a contact"],
  [/PATCH/, /^\/contacts\/[^/]+$/, "update a contact"],
];

/** Returns whether a fault can affect a request with this method. Only reads can be stale. */
export function applies(kind: FaultKind, method: string): boolean {
  return kind !== "stale" || method === "GET";
}

/** Decides which requests fail, and how. */
export interface Schedule {
  pick(method: string, group: Group): FaultKind | undefined;
}

export const NO_FAULTS: Schedule = { pick: () => undefined };

/** Faults that end a run. They are drawn more often, because otherwise they rarely affect requests late in a run. */
const FATAL_FAULTS: readonly FaultKind[] = ["429-for-long", "no-route"];

/**
 * Returns a schedule that injects one kind of fault into the first request of each group. Skips some groups of reads.
 * If the fault ends the run, also skips about half of the other groups.
 */
export function oneFault(random: SeededRandom): Schedule {
  const kind = random.pick([...FAULTS, ...FATAL_FAULTS, ...FATAL_FAULTS, ...FATAL_FAULTS]);
  const likelihood = FATAL_FAULTS.includes(kind) ? 0.5 : 1;
  const finishedGroups = new Set<Group>(
    random.some(["read settings", "read a list of contacts", "read a contact"], 0.5),
  );
  return {
    pick(method, group) {
      if (finishedGroups.has(group) || !applies(kind, method)) return undefined;
      finishedGroups.add(group);
      return random.chance(likelihood) ? kind : undefined;
    },
  };
}

/** Returns a schedule that injects a few kinds of faults into random requests. */
export function randomFaults(random: SeededRandom): Schedule {
  const kinds = random.some(FAULTS, 0.35);
  const rate = random.pick([0.02, 0.05, 0.1, 0.2, 0.3]);
  return {
    pick(method) {
      if (kinds.length === 0 || !random.chance(rate)) return undefined;
      const kind = random.pick(kinds);
      return applies(kind, method) ? kind : undefined;
    },
  };
}

/** Returns a schedule that injects a fault into every request, starting with request number `from`. */
export function permanentFault(from: number, kind: FaultKind): Schedule {
  let count = 0;
  return {
    pick() {
      count += 1;
      return count >= from ? kind : undefined;
    },
  };
}
