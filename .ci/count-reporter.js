/** Ends a test run with the line `N passed, N failed`, which `.ci/run` adds up. */
export default class CountReporter {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numFailedTestSuites, numRuntimeErrorTestSuites }) {
    const failed = numFailedTests + Math.max(numRuntimeErrorTestSuites, numFailedTests === 0 ? numFailedTestSuites : 0);
    process.stderr.write(`${numPassedTests} passed, ${failed} failed\n`);
  }
}
