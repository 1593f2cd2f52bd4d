import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transform } from "@swc/core";

const OPTIONS = {
  jsc: { parser: { syntax: "typescript" }, target: "es2022", experimental: { keepImportAttributes: true } },
  module: { type: "es6" },
};

/** Node's own hook: what ends in .ts is made JavaScript first. */
export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return await next(url, context);
  const { code } = await transform(await readFile(fileURLToPath(url), "utf8"), { filename: url, ...OPTIONS });
  return { format: "module", source: code, shortCircuit: true };
}
