import { escapeText } from "../../src/index.ts";
import type { Colors } from "./colors.ts";

/** A unified diff in colours. One that is `shown` to people is made safe to show; all others stay fit to be applied. */
export function renderDiff(diff: string, paint: Colors, { shown }: { readonly shown: boolean }): string {
  const lines = diff.split("\n").map((line) => {
    const text = shown ? line.slice(0, 1) + escapeText(line.slice(1), { limit: Number.POSITIVE_INFINITY }) : line;
    return colourFor(line, paint)(text);
  });
  return lines.join("\n");
}

function colourFor(line: string, { bold, cyan, green, red }: Colors): (text: string) => string {
  if (line.startsWith("---") || line.startsWith("+++")) return bold;
  if (line.startsWith("@@")) return cyan;
  if (line.startsWith("+")) return green;
  return line.startsWith("-") ? red : (text) => text;
}
