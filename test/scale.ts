/**
 * Numbers of generated cases. `npm run test:full` sets FRONT_TESTS=full; a run with a flipped emulator switch tries
 * fewer, because it is repeated for every switch.
 */
const isFull = process.env["FRONT_TESTS"] === "full";
const isSwitched = (process.env["FRONT_BEHAVE"] ?? "") !== "";

function scaled<T>({ full, quick, switched = quick }: { full: T; quick: T; switched?: T }): T {
  if (isFull) return full;
  return isSwitched ? switched : quick;
}

export const SCALE = {
  /** Simulated histories, half of them in each of two files. */
  seeds: scaled({ full: 10_000, quick: 1_500, switched: 200 }),
  /** Minimum number of times that each fault must affect each kind of request in half of the histories. */
  minFaultHits: scaled({ full: 3, quick: 0 }),
  /** Number of runs that are stopped at every step, without and with a saved plan, and the minimum number of stops. */
  crashes: scaled({
    full: { applied: 36, saved: 26, points: 1_500 },
    quick: { applied: 4, saved: 3, points: 250 },
    switched: { applied: 3, saved: 2, points: 75 },
  }),
  /** Maximum number of simulations in which a known flaw must be detected. */
  flawedSeeds: 1_000,
  /** Orders of the requests of two simultaneous applies. */
  interleavings: scaled({ full: 40, quick: 4 }),
  /** Sequences of commands against the model. */
  sequences: scaled({ full: 500, quick: 20 }),
  /** YAML documents on which the fast parser is compared with the package. */
  yamlDocuments: scaled({ full: 100_000, quick: 2_000, switched: 200 }),
  /** Phone numbers whose quick check is compared with parsing. */
  phoneNumbers: scaled({ full: 50_000, quick: 1_000, switched: 100 }),
  /** A process is killed at every nth request, for this n. */
  killEvery: scaled({ full: 1, quick: 12 }),
  /** Each process is killed this many milliseconds later than the process before. */
  killPause: scaled({ full: 8, quick: 40 }),
  /** Number of contacts that are created over connections that break. */
  creations: scaled({ full: 100, quick: 20 }),
  /** Number of rows that are applied and undone. */
  undoneRows: scaled({ full: 330, quick: 40 }),
  /** True if tests exceed the limits of the program, instead of lower ones. */
  programLimits: isFull,
  /** True if every command block of the documents is run. */
  allBlocks: isFull,
};

/** Returns the number of generated cases for a property that tries `full` in a full run. */
export function runs(full: number): number {
  return isFull ? full : Math.ceil(full / 10);
}

/** Returns all cases in a full run, otherwise every nth. */
export function sample<T>(cases: readonly T[], every: number): readonly T[] {
  return isFull ? cases : cases.filter((_, index) => index % every === 0);
}

/** Returns `test` in a full run, otherwise a function that ignores the test. For variants of tests that also run in quick runs. */
export function onlyInFull<T extends (...args: never[]) => void>(test: T): T | (() => void) {
  return isFull ? test : () => {};
}
