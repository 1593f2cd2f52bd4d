// Takes the place of the package @jest/globals, which works in jest's own runtime only.
const { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } =
  globalThis[Symbol.for("front-contacts.jest-globals")];

export { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test };
