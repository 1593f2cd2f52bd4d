import { closeSync, openSync, readSync } from "node:fs";
import { resolve } from "node:path";
import { createDisk, entriesIn, RunDirectory } from "../src/internal.ts";
import type { CompletionSource } from "./args/completion.ts";
import type { Environment } from "./environment.ts";

export function completionSource({ cwd, disk }: Environment): CompletionSource {
  return {
    runs: (contacts) => new RunDirectory(contacts, { cwd, disk }).ids(),
    plans(start) {
      const directory = start.slice(0, start.lastIndexOf("/") + 1);
      return entriesIn(resolve(cwd, directory), createDisk())
        .filter(
          ({ name, kind }) => kind === "file" && UNQUOTED_NAME.test(name) && `${directory}${name}`.startsWith(start),
        )
        .slice(0, MAX_FILES)
        .map(({ name }) => `${directory}${name}`)
        .filter((path) => isPlan(resolve(cwd, path)));
    },
  };
}

/** File names that need no quotes in any shell. */
const UNQUOTED_NAME = /^[A-Za-z0-9_][\w.+-]*$/;

/** Maximum number of files to open, so that completion is fast. */
const MAX_FILES = 500;

const PLAN_START = /^\{\s*"format_version": ?"[^"]*",\s*"tool_version": ?"[^"]*",\s*"created_at":/;

function isPlan(path: string): boolean {
  try {
    const file = openSync(path, "r");
    try {
      const bytes = Buffer.alloc(256);
      return PLAN_START.test(bytes.toString("utf8", 0, readSync(file, bytes)));
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}
