import { escapeJson } from "../../src/internal.ts";

/** The name of the provider in plans and events, as Terraform would derive it from the resource types. */
export const PROVIDER = "front";

/** Returns indented JSON. */
export function renderJson(value: unknown): string {
  return `${escapeJson(value, 2)}\n`;
}

/** Returns JSON on one line, for streams of objects. */
export function renderJsonLine(value: unknown): string {
  return `${escapeJson(value)}\n`;
}
