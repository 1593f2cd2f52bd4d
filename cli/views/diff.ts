import { escapeText } from "../../src/internal.ts";
import type { Colors } from "./colors.ts";

/**
 * Returns a unified diff in color. With `shown`, lines are escaped for a terminal; otherwise the diff can be applied.
 */
export function renderDiff(diff: string, paint: Colors, { shown }: { readonly shown: boolean }): string {
  const lines = diff.split("\n").map((line) => {
    const text = shown ? line.slice(0, 1) + escapeText(line.slice(1), { limit: Number.POSITIVE_INFINITY }) : line;
    return colorFor(line, paint)(text);
  });
  return lines.join("\n");
}

function colorFor(line: string, { bold, cyan, green, red }: Colors): (text: string) => string {
  if (line.startsWith("---") || line.startsWith("+++")) return bold;
  if (line.startsWith("@@")) return cyan;
  if (line.startsWith("+")) return green;
  return line.startsWith("-") ? red : (text) => text;
}
