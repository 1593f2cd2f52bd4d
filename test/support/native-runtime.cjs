const { pathToFileURL } = require("node:url");
const { default: Runtime } = require("jest-runtime");

/**
 * Loads test files as plain Node modules. Jest's own runtime loads every module again for each test file, which takes
 * most of the time of a short test; here all test files of a process share them, as the modules of a program do.
 */
class NativeRuntime extends Runtime {
  /** Loads the part of jest that holds the tests of one file. */
  requireInternalModule(path) {
    delete require.cache[path];
    delete globalThis[Symbol.for("EVENT_HANDLERS")];
    return require(path);
  }

  /** Keeps `test`, `expect` and the others for `jest-globals.js`. */
  setGlobalsForRuntime(globals) {
    globalThis[Symbol.for("front-contacts.jest-globals")] = globals;
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  unstable_importModule(path) {
    process.env.FRONT_TEST_FILE = path;
    return import(pathToFileURL(path).href);
  }
}

module.exports = { __esModule: true, default: NativeRuntime };
