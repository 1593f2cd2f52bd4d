import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { escapeText } from "../../../src/internal.ts";
import { packageFile } from "../../package-files.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes untrusted text for HTML elements and quoted attributes. Makes control and format characters visible. */
export function escapeHtml(text: string, limit?: number): string {
  return escapeText(text, limit === undefined ? {} : { limit }).replace(
    /[&<>"']/g,
    (character) => ENTITIES[character] ?? "",
  );
}

/** Escapes text that may have several lines. The style sheet preserves its line breaks. */
export function escapeLines(text: string, limit: number): string {
  return text
    .trimEnd()
    .split(/\r\n?|\n/)
    .map((line) => escapeHtml(line, limit))
    .join("\n");
}

/** Returns the text of a file to embed, and the source that allows this text in the Content-Security-Policy. */
export function inlineFile(name: "plan.css" | "plan.js"): { readonly text: string; readonly source: string } {
  const text = `\n${readFileSync(packageFile(`cli/views/html/${name}`), "utf8")}`;
  const hash = createHash("sha256").update(text).digest("base64");
  return { text, source: `'sha256-${hash}'` };
}
