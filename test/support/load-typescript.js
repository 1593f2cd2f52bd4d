import { fileURLToPath } from "node:url";
import { transformFile } from "@swc/core";

/** A Node hook that gives each module its own copy of the functions that jest creates for each test file. */
export async function resolve(specifier, context, next) {
  if (specifier !== "@jest/globals") return await next(specifier, context);
  const url = new URL(`./jest-globals.js?${context.parentURL}`, import.meta.url);
  return { url: url.href, shortCircuit: true };
}

/** A Node hook that compiles TypeScript. */
export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return await next(url, context);
  const { code } = await transformFile(fileURLToPath(url));
  return { format: "module", source: code, shortCircuit: true };
}
