import { statSync } from "node:fs";

/** Test files that run longer than their size suggests, longest first. */
const LONG = [/\/test\/sim\//, /\/test\/[^/]+$/, /\/test\/e2e\//];

function rankOf({ path }) {
  const rank = LONG.findIndex((pattern) => pattern.test(path));
  return rank === -1 ? LONG.length : rank;
}

/** Runs long test files first, so that all workers finish at about the same time. The order is always the same. */
export default class TestSequencer {
  sort(tests) {
    const ranked = tests.map((test) => ({ test, rank: rankOf(test), size: statSync(test.path).size }));
    return ranked.sort((one, other) => one.rank - other.rank || other.size - one.size).map(({ test }) => test);
  }

  cacheResults() {}
}
