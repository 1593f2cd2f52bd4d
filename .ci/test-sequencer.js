import { statSync } from "node:fs";

/** Patterns of the test files that take longer than their size suggests, slowest first. */
const SLOW = [/\/test\/sim\//, /\/test\/[^/]+$/, /\/test\/e2e\//];

function rankOf({ path }) {
  const rank = SLOW.findIndex((pattern) => pattern.test(path));
  return rank === -1 ? SLOW.length : rank;
}

/** Runs slow test files first, so that all workers finish at about the same time. The order is deterministic. */
export default class TestSequencer {
  sort(tests) {
    const ranked = tests.map((test) => ({ test, rank: rankOf(test), size: statSync(test.path).size }));
    return ranked.sort((one, other) => one.rank - other.rank || other.size - one.size).map(({ test }) => test);
  }

  cacheResults() {}
}
