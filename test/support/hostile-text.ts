import { expect } from "@jest/globals";
import fc from "fast-check";
import { runnerCommands } from "./runner-commands.ts";
import { unicodeText } from "./unicode-text.ts";

/** Strings with special meaning in a terminal, a log, a CI runner, Markdown, HTML or JSON. */
const FRAGMENTS = [
  ...["\n", "\r", "\r\n", "\t", "\b", "\u001b[2J", "\u001b]0;owned\u0007", "\u009b31m", "\u0085", "\u2028", "\u2029"],
  ...["\u202e", "\u2066", "\u200b", "\ufeff", "\u00ad", "\ud800", "\udc00", "\u0000", "\u007f", "::", "::error::"],
  ...["::add-mask::a", "::stop-commands::x", "##[", "##vso[task.x]", "##[error]", "##[group]", "#", "]", ":", "%0A"],
  ...["`", "```", "~~~", "|", "\\", "<!--", "-->", "</details>", "<b>", "<img src=x>", "@team", "#1", "[a](b)"],
  ...["![a](b)", "https://x.example", "<https://x.example>", "*", "_", "**", "&lt;", "&#35;", "  ", "\u00a0"],
  ...["\u3000", "- ", "1. ", "> ", "# ", '"', "'", "{", "}", "$" + "{{ secrets.X }}", "$(id)", "Plan: 0 to add"],
  ...["yes"],
];

const fragment = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...FRAGMENTS) }, unicodeText({ maxLength: 3 }));

/** Generates names that the sender of an email could choose. */
export const hostileText = fc.array(fragment, { minLength: 1, maxLength: 8 }).map((fragments) => fragments.join(""));

/** Matches characters, other than line breaks, that control a terminal or are invisible. */
const INVISIBLE = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/**
 * Expects that a string contains no control or invisible characters except line breaks, and no CI runner commands
 * except `commands`.
 */
export function expectEscaped(text: string, subject: string, commands: readonly string[] = []): void {
  expect([subject, INVISIBLE.exec(text)?.[0]?.codePointAt(0)]).toEqual([subject, undefined]);
  const executedCommands = runnerCommands(text).filter((command) => !commands.includes(command));
  expect([subject, executedCommands]).toEqual([subject, []]);
}
