/** Ends a test run with the one line that any CI can read: `N passed, N failed`. */
export default class CountReporter {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numFailedTestSuites, numRuntimeErrorTestSuites }) {
    const failed = numFailedTests + Math.max(numRuntimeErrorTestSuites, numFailedTests === 0 ? numFailedTestSuites : 0);
    process.stderr.write(`${numPassedTests} passed, ${failed} failed\n`);
  }
}
