import { type Diagnostic, errorAt } from "../model/diagnostic.ts";
import type { DiagnosticCode } from "../model/diagnostic-codes.ts";
import { LIMITS } from "../model/limits.ts";
import { groupDigits } from "../model/plural.ts";
import { truncateTo } from "../model/truncate.ts";
import { lineStartOf } from "./nodes.ts";
import type { Range, Source } from "./source-text.ts";

interface SyntaxProblem {
  readonly code: string;
  readonly message: string;
  readonly pos: Range;
}

type Message = readonly [code: DiagnosticCode, summary: string, advice: string];

const INDENT: Message = [
  "wrong-indent",
  "The indentation of this line is wrong",
  "Start all keys of a map, or all dashes of a list, in the same column, below and to the right of their parent key.",
];
const BRACKET: Message = [
  "yaml-unclosed",
  "A comma or a closing bracket is missing",
  "Separate items between { } or [ ] with commas, and close every bracket.",
];
const COLON: Message = [
  "yaml-colon",
  "A value that contains a colon needs quotes",
  'Put the whole value in quotes, as in "first: second".',
];
/** For a map on one line without braces, such as `- source: email, handle: ann@x.example`. */
const BRACES: Message = [
  "yaml-colon",
  "Several keys on one line need braces",
  "Write them as { first: value, second: value }, or write each key on its own line.",
];
const DASH: Message = ["yaml-dash", "A dash needs a space after it", "Write `- value`."];
const QUOTE: Message = ["yaml-quote", "Missing closing quote", "Add the quote at the end of the value."];
const KEY: Message = ["yaml-key", "A key needs a colon and a space after it", "Write it as `key: value`."];

const INDICATOR: Message = [
  "yaml-quotes",
  "A value on the line of its key cannot begin with this character and a space",
  "Put the value in quotes, or begin a list on the next line.",
];
const CONFLICT: Message = [
  "yaml-syntax",
  "The file contains an unresolved merge conflict",
  "Resolve the conflict, and remove the lines that begin with <<<<<<<, ======= and >>>>>>>.",
];

const TAB: Message = ["yaml-tab", "A tab is used for indentation", "Replace the tab with two spaces for each level."];

const DEEP: Message = ["too-deep", "The file is nested too deeply", `Use at most ${LIMITS.levels} levels.`];
/** Used for all tags. The `yaml` package reports only the tags that it cannot resolve. */
export const UNSUPPORTED_TAG: Message = [
  "yaml-tag",
  "YAML tags (words that begin with !) are not supported",
  "Remove the tag, or put the value in quotes if it is text.",
];

const SPLIT = "Split the file into several files.";
const SPLIT_OR_REMOVE = "Split the file into several files, or remove items that are not needed.";

const LIMIT_MESSAGES = {
  levels: DEEP,
  text: ["too-long", `The text is longer than ${groupDigits(LIMITS.stringBytes)} bytes`, "Shorten the text."],
  entries: [
    "too-many",
    `The collection has more than ${groupDigits(LIMITS.collectionEntries)} entries`,
    SPLIT_OR_REMOVE,
  ],
  tokens: ["too-many-tokens", `The file has more than ${groupDigits(LIMITS.tokens)} YAML tokens`, SPLIT],
  directives: [
    "too-many-directives",
    `The file has more than ${groupDigits(LIMITS.documents)} directives and document end markers`,
    SPLIT,
  ],
  documents: ["too-many-documents", `The file has more than ${groupDigits(LIMITS.documents)} documents`, SPLIT],
  values: ["too-many-values", `The file has more than ${groupDigits(LIMITS.values)} values`, SPLIT],
} as const satisfies Readonly<Record<string, Message>>;

export function limitExceeded(limit: keyof typeof LIMIT_MESSAGES, source: Source, range: Range = [0, 1]): Diagnostic {
  const [code, summary, advice] = LIMIT_MESSAGES[limit];
  return errorAt(source.locationOf(range), code, summary, advice);
}

/** Messages by error code of the `yaml` package. */
const MESSAGES: Readonly<Record<string, Message>> = {
  BAD_INDENT: INDENT,
  BLOCK_IN_FLOW: BRACKET,
  MULTILINE_IMPLICIT_KEY: KEY,
  TAB_AS_INDENT: TAB,
  BAD_SCALAR_START: [
    "yaml-quotes",
    "A value without quotes cannot begin with this character",
    "Put the value in quotes.",
  ],
  BAD_DQ_ESCAPE: [
    "yaml-escape",
    "Invalid escape sequence in double quotes",
    "Write \\\\ for a backslash, or use single quotes.",
  ],
  NON_STRING_KEY: ["yaml-key", "A key must be text", "Put the key in quotes."],
  TAG_RESOLVE_FAILED: UNSUPPORTED_TAG,
  BAD_DIRECTIVE: ["yaml-directive", "Unknown YAML directive", "Remove the line that begins with %."],
  BAD_ALIAS: ["yaml-alias", "An alias needs a name", "Write * and the name of an anchor, or put the value in quotes."],
};

/** Returns only one error, because the package may report several errors for one mistake. */
export function explainSyntax(problems: readonly SyntaxProblem[], source: Source): Diagnostic | undefined {
  const [first] = problems;
  if (first === undefined) return undefined;
  if (problems.some(({ code }) => code === "RESOURCE_EXHAUSTION")) return diagnosticOf(DEEP, first.pos, source);
  const conflict = /^(?:<{7}|={7}|>{7})(?= |\r?$)/m.exec(source.text)?.index;
  if (conflict !== undefined) return diagnosticOf(CONFLICT, [conflict, conflict + 7], source);
  return explainMistake(first, problems, source);
}

function explainMistake(first: SyntaxProblem, problems: readonly SyntaxProblem[], source: Source): Diagnostic {
  if (problems.some(({ code }) => code === "BLOCK_IN_FLOW") || isUnclosed(first))
    return diagnosticOf(BRACKET, first.pos, source);
  const quote = /^Missing closing (?<quote>["'])/.exec(first.message)?.groups?.["quote"];
  if (quote !== undefined) return diagnosticOf(QUOTE, openingQuote(quote, first.pos, source.text), source);
  // A tab is a mistake in itself, and causes the other errors.
  if (first.code === "TAB_AS_INDENT") return diagnosticOf(TAB, first.pos, source);
  const [start] = first.pos;
  if (isIndicatorAfterKey(start, source.text)) return diagnosticOf(INDICATOR, [start, start + 1], source);
  const itemInWrongColumn = problems.find(({ pos }) => /^-\s/.test(source.text.slice(pos[0], pos[0] + 2)));
  if (itemInWrongColumn !== undefined) return diagnosticOf(INDENT, itemInWrongColumn.pos, source);
  if (/^-\S/.test(source.text.slice(first.pos[0], first.pos[0] + 2))) return diagnosticOf(DASH, first.pos, source);
  const multilineKey = problems.find(
    ({ code, pos }) => code === "MULTILINE_IMPLICIT_KEY" && source.text.slice(pos[0], pos[1]).includes("\n"),
  );
  if (multilineKey !== undefined) return diagnosticOf(...explainMultilineKey(multilineKey.pos, source.text), source);
  return diagnosticOf(messageFor(first, source.text), first.pos, source);
}

function messageFor(problem: SyntaxProblem, text: string): Message {
  if (problem.code === "BLOCK_AS_IMPLICIT_KEY") return explainColon(problem.pos, text);
  return MESSAGES[problem.code] ?? otherSyntaxError(problem);
}

/** Maximum length of a value to include in advice. */
const MAX_SHOWN_VALUE = 100;

function explainColon([start]: Range, text: string): Message {
  const [line = ""] = text.slice(start, start + 2 * MAX_SHOWN_VALUE).split("\n", 1);
  const value = line.replace(/\s#.*$/, "").trim();
  const before = text.slice(lineStartOf(text, start), start);
  if (/^\s*-[{["'\p{L}]/u.test(before)) return DASH;
  if (/^[^\s"'[{&*!|>][^,:]*,\s*[\w-]+:\s/.test(value)) return BRACES;
  const isPlain = value.length <= MAX_SHOWN_VALUE && /^[^"'[{&*!|>]/.test(value);
  const [code, summary, advice] = COLON;
  return [code, summary, isPlain ? `Write it as ${JSON.stringify(value)}.` : advice];
}

/** Returns whether the text at an error begins with `- ` or `? ` and follows a key on the same line. */
function isIndicatorAfterKey(start: number, text: string): boolean {
  if (!/^[-?]\s/.test(text.slice(start, start + 2))) return false;
  return /:[ \t]+$/.test(text.slice(lineStartOf(text, start), start));
}

function isUnclosed({ message }: SyntaxProblem): boolean {
  return /^Flow (?:sequence|map)|end with a [\]}]/.test(message);
}

/**
 * Returns the message and its range: either the line with the colon is indented too far, or the first line lacks a
 * colon.
 */
function explainMultilineKey([start, end]: Range, text: string): [Message, Range] {
  const lastLine = lineStartOf(text, end);
  const column = start - lineStartOf(text, start);
  const indent = /^ */.exec(text.slice(lastLine, end))?.[0].length ?? 0;
  return indent === column ? [KEY, [start, end]] : [INDENT, [lastLine, end]];
}

/**
 * Returns the last quote in the last line with an odd number of quotes. The package reports only the end of the file.
 */
function openingQuote(quote: string, [end]: Range, text: string): Range {
  for (let lineEnd = end; lineEnd > 0; lineEnd = text.lastIndexOf("\n", lineEnd - 1)) {
    const start = lineStartOf(text, lineEnd);
    const quotes = text.slice(start, lineEnd).split(quote).length - 1;
    if (quotes % 2 === 1) return [text.lastIndexOf(quote, lineEnd), lineEnd];
  }
  return [Math.max(0, end - 1), end];
}

function otherSyntaxError({ message }: SyntaxProblem): Message {
  return ["yaml-syntax", `Invalid YAML: ${truncate(message)}`, "Correct the line, or put the value in quotes."];
}

/** Shortens a text to 200 characters, because a value can be as long as its file. */
export function truncate(text: string): string {
  return text.length > 200 ? truncateTo(text, 199) : text;
}

function diagnosticOf([code, summary, advice]: Message, range: Range, source: Source): Diagnostic {
  return errorAt(source.locationOf(wholeWord(range, source.text)), code, summary, advice);
}

/** Returns the range of the word at an error. The package reports one character, or the spaces before the word. */
function wholeWord([start, end]: Range, text: string): Range {
  const word = /^[ \t]*(?<word>[\w-]*)/.exec(text.slice(start, start + 200));
  const length = word?.groups?.["word"]?.length ?? 0;
  if (length === 0) return [start, end];
  const from = start + (word?.[0].length ?? 0) - length;
  return [from, Math.max(end, from + length)];
}
