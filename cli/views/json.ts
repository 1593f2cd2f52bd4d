import { escapeJson } from "../../src/internal.ts";

/** Returns indented JSON. */
export function renderJson(value: unknown): string {
  return `${escapeJson(value, 2)}\n`;
}

/** Returns JSON on one line, for streams of objects. */
export function renderJsonLine(value: unknown): string {
  return `${escapeJson(value)}\n`;
}
