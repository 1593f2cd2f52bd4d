import { escapeJson } from "../../src/index.ts";

/** JSON for machines, as one value. */
export function renderJson(value: unknown): string {
  return `${escapeJson(value, 2)}\n`;
}

/** The same on one line, for streams of objects. */
export function renderJsonLine(value: unknown): string {
  return `${escapeJson(value)}\n`;
}
