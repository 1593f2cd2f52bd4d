/**
 * Prints `N passed, N failed` at the end of a test run. The failures include test files that could not run. `.ci/run`
 * adds up the counts of all runs.
 */
export default class CountReporter {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numFailedTestSuites, numRuntimeErrorTestSuites }) {
    const failed = numFailedTests + Math.max(numRuntimeErrorTestSuites, numFailedTests === 0 ? numFailedTestSuites : 0);
    process.stderr.write(`${numPassedTests} passed, ${failed} failed\n`);
  }
}
