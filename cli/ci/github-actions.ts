import { appendFile, stat } from "node:fs/promises";
import { isAbsolute, relative, resolve } from "node:path";
import type { Diagnostic } from "../../src/index.ts";
import { type MaskedThings, maskOf } from "../args/output-format.ts";
import type { Environment, Given } from "../process-io.ts";
import { maskFor } from "../views/mask.ts";
import { failureMarkdown, renderMarkdown } from "../views/plan/markdown.ts";
import { renderAnnotations } from "./github-annotations.ts";

/** All that a step may write to its summary, in bytes. */
const SUMMARY_LIMIT = 1024 * 1024;
/** A UTF-16 unit takes no more in UTF-8. */
const BYTES = 3;
/** Characters below which a summary says too little. */
const LEAST = 3_000;

/** Says the same in GitHub's own ways when it runs us: marks beside the lines, and the plan on the page of the run. */
export async function reportToGitHub(
  io: Environment,
  given: Given,
  about: MaskedThings & { readonly diagnostics: readonly Diagnostic[]; readonly headline?: string },
): Promise<void> {
  if (!isActions(io)) return;
  const { plan, diagnostics, headline } = about;
  /** Both are published, so they are masked unless somebody said not to. */
  const mask = maskOf(given["no-mask"] !== true, about);
  io.err(renderAnnotations(diagnostics, { mask, fileOf: (file) => fileInRepository(io, file) }));
  await appendSummary(io, (limit) =>
    renderMarkdown(plan, { diagnostics, mask, limit, ...(headline === undefined ? {} : { headline }) }),
  );
}

/** The same of what ended the run. */
export async function reportFailureToGitHub(
  io: Environment,
  failure: { message: string; advice: string },
): Promise<void> {
  if (!isActions(io)) return;
  const mask = maskFor([]);
  const { message: summary, advice } = failure;
  io.err(renderAnnotations([{ severity: "error", code: "failed", summary, advice }], { mask, fileOf: (file) => file }));
  await appendSummary(io, () => mask.text(failureMarkdown(failure)));
}

function isActions({ env }: Environment): boolean {
  return env["GITHUB_ACTIONS"] === "true";
}

function fileInRepository({ env, cwd }: Environment, file: string): string {
  const root = env["GITHUB_WORKSPACE"];
  if (root === undefined || root === "") return file;
  const path = relative(root, resolve(cwd, file));
  return path.startsWith("..") || isAbsolute(path) ? file : path;
}

/** A summary is a courtesy: without one the run is as good. */
async function appendSummary({ env }: Environment, render: (limit: number) => string): Promise<void> {
  const path = env["GITHUB_STEP_SUMMARY"];
  if (path === undefined || path === "") return;
  try {
    const { size } = await stat(path).catch(() => ({ size: 0 }));
    const limit = Math.floor((SUMMARY_LIMIT - size) / BYTES);
    if (limit >= LEAST) await appendFile(path, render(limit));
  } catch {
    // Nobody reads it then.
  }
}
