import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * Makes stack traces refer to source files instead of compiled files. Reads source maps only when a stack trace is
 * formatted. The Node.js option `--enable-source-maps` would read a source map whenever a file is loaded.
 */
export function nameSourcesInStackTraces(): void {
  const maps = new Map<string, SourceMap | undefined>();
  function mapOf(url: string): SourceMap | undefined {
    if (!maps.has(url)) maps.set(url, readMap(url));
    return maps.get(url);
  }
  Error.prepareStackTrace = (error, frames) => {
    const lines = frames.map((frame) => `\n    at ${nameSource(frame, mapOf)}`);
    return `${Error.prototype.toString.call(error)}${lines.join("")}`;
  };
}

function readMap(url: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(url)}.map`, "utf8")));
  } catch {
    return undefined;
  }
}

/** Returns the text of a frame, such as `run (file:///opt/front-contacts/cli/run.ts:12:3)`. */
function nameSource(frame: NodeJS.CallSite, mapOf: (url: string) => SourceMap | undefined): string {
  const [url, line, column] = [frame.getFileName(), frame.getLineNumber(), frame.getColumnNumber()];
  if (!url?.startsWith("file:") || line === null || column === null) return String(frame);
  const origin = mapOf(url)?.findEntry(line - 1, column - 1);
  if (origin === undefined || !("originalSource" in origin)) return String(frame);
  const source = new URL(origin.originalSource, url);
  return String(frame).replace(
    `${url}:${line}:${column}`,
    `${source}:${origin.originalLine + 1}:${origin.originalColumn + 1}`,
  );
}
