export default {
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  runtime: "<rootDir>/test/support/native-runtime.cjs",
  transform: {},
  // Usually jest leaves one processor out, which on two is half of them.
  maxWorkers: "100%",
  // A machine may be slow and shared; a test that hangs is what this is for.
  testTimeout: 120_000,
  modulePathIgnorePatterns: ["<rootDir>/dist/"],
  reporters: ["default", "<rootDir>/.ci/count-reporter.js"],
};
