import { fileURLToPath } from "node:url";
import { transformFile } from "@swc/core";

/**
 * A Node.js hook that loads a separate copy of jest-globals.js for each importing module, because jest creates the
 * functions for each test file.
 */
export async function resolve(specifier, context, next) {
  if (specifier !== "@jest/globals") return await next(specifier, context);
  const url = new URL(`./jest-globals.js?${context.parentURL}`, import.meta.url);
  return { url: url.href, shortCircuit: true };
}

/** A Node.js hook that compiles TypeScript. */
export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return await next(url, context);
  const { code } = await transformFile(fileURLToPath(url));
  return { format: "module", source: importingOnce(code), shortCircuit: true };
}

/**
 * Returns code that caches the modules that it loads with `import()`. With hooks, Node.js resolves each `import()` in
 * another thread, which takes a millisecond even if the module is already loaded.
 */
function importingOnce(code) {
  const cachingCode = code.replace(/\bimport\(("[^"]+")\)/g, "importOnce($1)");
  return cachingCode === code ? code : `${cachingCode}\n${IMPORT_ONCE}`;
}

// Appended to the code, so that source maps stay correct. Declared with var, because functions may run before this
// line.
const IMPORT_ONCE =
  "var imported; function importOnce(name) { imported ??= new Map(); if (!imported.has(name)) imported.set(name, import(name)); return imported.get(name); }";
