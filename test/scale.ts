/** True in a full run, which `npm run test:full` starts. */
const isFull = process.env["FRONT_TESTS"] === "full";
/**
 * True in a run with a non-default emulator behavior. Such a run tries fewer cases, because the tests run once for each
 * behavior.
 */
const hasBehaviorOverride = (process.env["FRONT_BEHAVE"] ?? "") !== "";

function scaled<T>({ full, quick, withOverride = quick }: { full: T; quick: T; withOverride?: T }): T {
  if (isFull) return full;
  return hasBehaviorOverride ? withOverride : quick;
}

export const SCALE = {
  /** Number of simulated histories. Each of two files runs half of them. */
  seeds: scaled({ full: 10_000, quick: 1_500, withOverride: 200 }),
  /**
   * Numbers of command series that are killed at every step, without a saved plan (`applied`) and with a saved plan
   * (`saved`). The first `failing` series also run with permanent failures. `points` is the minimum number of kills.
   */
  crashes: scaled({
    full: { applied: 36, saved: 26, failing: 8, points: 1_500 },
    quick: { applied: 4, saved: 3, failing: 2, points: 250 },
    withOverride: { applied: 3, saved: 2, failing: 2, points: 75 },
  }),
  /** The largest seed with which a known flaw must be detected. */
  flawedSeeds: 1_000,
  /** Maximum number of orders, for each case, in which the requests of two simultaneous applies are processed. */
  interleavings: scaled({ full: 40, quick: 4 }),
  /** Number of command sequences that are compared with the model. */
  sequences: scaled({ full: 500, quick: 20 }),
  /** Number of YAML documents for which the fast parser is compared with the `yaml` package. */
  yamlDocuments: scaled({ full: 100_000, quick: 2_000, withOverride: 200 }),
  /** Number of phone numbers for which the quick check is compared with parsing. */
  phoneNumbers: scaled({ full: 50_000, quick: 1_000, withOverride: 100 }),
  /** A process is killed at every nth request (n = `killEvery`). */
  killEvery: scaled({ full: 1, quick: 12 }),
  /** Each process is killed this many milliseconds later than the previous process. */
  killPause: scaled({ full: 8, quick: 100 }),
  /** Number of concurrent processes that renew a token. */
  processes: scaled({ full: 3, quick: 2 }),
  /** Number of contacts that are created over connections that break. */
  creations: scaled({ full: 100, quick: 10 }),
  /** Number of rows that are applied and undone. */
  undoneRows: scaled({ full: 330, quick: 40 }),
  /** True if tests exceed the limits of the program. Quick runs use lower limits. */
  programLimits: isFull,
  /** True if every test of the CI scripts starts curl and a shell for each script. In a quick run, only some do. */
  startsPrograms: isFull,
  /** True if all requests to the emulator use HTTP. In a quick run, many requests of tests without faults do not. */
  sendsOverHttp: isFull,
  /** True if every command block of the documents runs. */
  allBlocks: isFull,
};

/** Returns `full` in a full run, and a tenth of it otherwise. */
export function runs(full: number): number {
  return isFull ? full : Math.ceil(full / 10);
}

/** Returns all cases in a full run, and every nth case otherwise (n = `every`). */
export function sample<T>(cases: readonly T[], every: number): readonly T[] {
  return isFull ? cases : cases.filter((_, index) => index % every === 0);
}

/** Returns `test` in a full run, and a function that registers no test otherwise. */
export function onlyInFull<T extends (...args: never[]) => void>(test: T): T | (() => void) {
  return isFull ? test : () => {};
}
