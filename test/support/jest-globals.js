// Replaces the package @jest/globals, which works only in jest's own runtime.
const { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } =
  globalThis[Symbol.for("front-contacts.jest-globals")];

export { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test };
