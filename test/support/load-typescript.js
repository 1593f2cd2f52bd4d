import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transform } from "@swc/core";

const OPTIONS = {
  jsc: { parser: { syntax: "typescript" }, target: "es2022", experimental: { keepImportAttributes: true } },
  module: { type: "es6" },
};

/** A Node hook that gives each module its own copy of the functions that jest creates for each test file. */
export async function resolve(specifier, context, next) {
  if (specifier !== "@jest/globals") return await next(specifier, context);
  const url = new URL(`./jest-globals.js?${context.parentURL}`, import.meta.url);
  return { url: url.href, shortCircuit: true };
}

/** A Node hook that compiles TypeScript. */
export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return await next(url, context);
  const { code } = await transform(await readFile(fileURLToPath(url), "utf8"), { filename: url, ...OPTIONS });
  return { format: "module", source: code, shortCircuit: true };
}
