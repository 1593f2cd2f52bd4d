const asyncHooks = require("node:async_hooks");
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { fileURLToPath, pathToFileURL } = require("node:url");
const { compileFunction } = require("node:vm");
const { transformFileSync } = require("@swc/core");
const { default: Runtime } = require("jest-runtime");

/** Stores the current test for jest. Replaces AsyncLocalStorage, which slows down every promise of the process. */
class CurrentTest {
  #current;

  run(test, callback) {
    const outer = this.#current;
    this.#current = test;
    return Promise.resolve(callback()).finally(() => {
      this.#current = outer;
    });
  }

  getStore() {
    return this.#current;
  }
}

const compiled = new Map();

/** Returns the exports of a new instance of a CommonJS module. Compiles each module only once. */
function evaluate(path) {
  if (!compiled.has(path)) {
    const code = compileFunction(readFileSync(path, "utf8"), ["exports", "require", "module"], { filename: path });
    compiled.set(path, { code, requireFromPath: createRequire(path) });
  }
  const { code, requireFromPath } = compiled.get(path);
  const module = { exports: {} };
  code(module.exports, requireFromPath, module);
  return module.exports;
}

/** Maps TypeScript modules to the files of their source maps. A source map is written when an error first needs it. */
class SourceMaps extends Map {
  #directory;

  get(url) {
    if (!url.endsWith(".ts")) return undefined;
    if (!this.has(url)) this.set(url, this.#write(fileURLToPath(url)));
    return super.get(url);
  }

  #write(path) {
    this.#directory ??= mkdtempSync(join(tmpdir(), "front-contacts-maps-"));
    const file = join(this.#directory, `${this.size}.json`);
    writeFileSync(file, transformFileSync(path, { sourceMaps: true }).map);
    return file;
  }

  remove() {
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true });
  }
}

const SOURCE_MAPS = new SourceMaps();
process.on("exit", () => SOURCE_MAPS.remove());
// Saves the time that Node.js needs to free the heap.
process.on("beforeExit", () => process.exit());

/**
 * Loads test files as plain Node.js modules. Jest's own runtime loads every module again for each test file, which
 * takes most of the time of a short test. With this runtime, all test files of a process share their modules.
 */
class NativeRuntime extends Runtime {
  /** Loads an internal module of jest. Each test file gets a new instance. */
  requireInternalModule(path) {
    delete globalThis[Symbol.for("EVENT_HANDLERS")];
    const { AsyncLocalStorage } = asyncHooks;
    asyncHooks.AsyncLocalStorage = CurrentTest;
    try {
      return evaluate(path);
    } finally {
      asyncHooks.AsyncLocalStorage = AsyncLocalStorage;
    }
  }

  /** Provides `test`, `expect` and the other globals to `jest-globals.js`. */
  setGlobalsForRuntime(globals) {
    globalThis[Symbol.for("front-contacts.jest-globals")] = globals;
  }

  getSourceMaps() {
    return SOURCE_MAPS;
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  unstable_importModule(path) {
    // Jest sets 100, which slows down every error and every `expect`.
    Error.stackTraceLimit = 10;
    process.env.FRONT_TEST_FILE = path;
    return import(pathToFileURL(path).href);
  }
}

module.exports = { __esModule: true, default: NativeRuntime };
