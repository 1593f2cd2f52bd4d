import type { Diagnostic } from "../model/diagnostic.ts";
import type { Range, Source } from "./source-text.ts";

/** What the YAML library says is wrong: its code, its words, its offsets. */
export interface SyntaxProblem {
  readonly code: string;
  readonly message: string;
  readonly pos: Range;
}

interface Wording {
  readonly code: string;
  readonly summary: string;
  readonly advice: string;
}

const INDENT: Wording = {
  code: "wrong-indent",
  summary: "This line is indented wrongly",
  advice:
    "Properties of one thing start in the same column. Line this one up with its neighbours, or with what it belongs to.",
};
const BRACKET: Wording = {
  code: "yaml-unclosed",
  summary: "A comma or a closing bracket is missing",
  advice: "Everything between { } or [ ] is separated by commas, and every bracket is closed.",
};
const COLON: Wording = {
  code: "yaml-colon",
  summary: "A value with a colon in it needs quotes",
  advice: 'Write it as "first: second".',
};
const DASH: Wording = {
  code: "yaml-dash",
  summary: "A dash that begins a list entry needs a space after it",
  advice: "Write `- value`.",
};
const QUOTE: Wording = {
  code: "yaml-quote",
  summary: "A quote is opened here and not closed",
  advice: "Close it at the end of the value.",
};
const KEY: Wording = {
  code: "yaml-key",
  summary: "A property needs a colon and a space after its name",
  advice: "Write it as `name: value`.",
};

const DEEP: Wording = {
  code: "too-deep",
  summary: "The file is nested too deeply",
  advice: "Nothing in these files is more than 16 levels deep.",
};

/** In our words, by the library's code. */
const WORDINGS: Readonly<Record<string, Wording>> = {
  BAD_INDENT: INDENT,
  BLOCK_IN_FLOW: BRACKET,
  BLOCK_AS_IMPLICIT_KEY: COLON,
  MULTILINE_IMPLICIT_KEY: KEY,
  TAB_AS_INDENT: {
    code: "yaml-tab",
    summary: "A tab is used to indent",
    advice: "YAML wants spaces. Replace the tab with two spaces a level.",
  },
  BAD_SCALAR_START: {
    code: "yaml-quotes",
    summary: "A value cannot begin with this character",
    advice: "Put the value in quotes.",
  },
  BAD_DQ_ESCAPE: {
    code: "yaml-escape",
    summary: "There is no such escape in double quotes",
    advice: "Write \\\\ for a backslash, or use single quotes.",
  },
  NON_STRING_KEY: {
    code: "yaml-key",
    summary: "A name of a property must be text",
    advice: "Write it as one word, or in quotes.",
  },
  TAG_RESOLVE_FAILED: {
    code: "yaml-tag",
    summary: "Tags (words that begin with !) are not used in these files",
    advice: "Leave the tag out; put the value in quotes if it is text.",
  },
  BAD_DIRECTIVE: {
    code: "yaml-directive",
    summary: "There is no such directive",
    advice: "Leave the line with % out.",
  },
  BAD_ALIAS: {
    code: "yaml-alias",
    summary: "An alias needs a name",
    advice: "Write * and the name of an anchor (&name), or put the value in quotes.",
  },
};

/**
 * What is wrong with a document, in one diagnostic. One slip makes the library complain several times over, so only the
 * complaint that is nearest to the slip is told; the others are seen again if they are real.
 */
export function explainSyntax(problems: readonly SyntaxProblem[], source: Source): Diagnostic | undefined {
  const [first] = problems;
  if (first === undefined) return undefined;
  const codes = new Set(problems.map(({ code }) => code));
  if (codes.has("RESOURCE_EXHAUSTION")) return worded(DEEP, first.pos, source);
  const across = problems.find(({ code, pos }) => code === "MULTILINE_IMPLICIT_KEY" && hasLines(source.text, pos));
  if (codes.has("BLOCK_IN_FLOW") || isUnclosed(first)) return worded(BRACKET, first.pos, source);
  const quote = /^Missing closing (?<quote>["'])/.exec(first.message)?.groups?.["quote"];
  if (quote !== undefined) return worded(QUOTE, openingQuote(quote, first.pos, source.text), source);
  const entry = problems.find(({ pos }) => /^-\s/.test(source.text.slice(pos[0], pos[0] + 2)));
  if (entry !== undefined) return worded(INDENT, entry.pos, source);
  if (/^-\S/.test(source.text.slice(first.pos[0], first.pos[0] + 2))) return worded(DASH, first.pos, source);
  if (across !== undefined) return worded(...explainLines(across.pos, source.text), source);
  return worded(WORDINGS[first.code] ?? inTheirWords(first), first.pos, source);
}

function hasLines(text: string, [start, end]: Range): boolean {
  return text.slice(start, end).includes("\n");
}

function isUnclosed({ message }: SyntaxProblem): boolean {
  return /^Flow (?:sequence|map)|end with a [\]}]/.test(message);
}

/** A value that seems to run on over lines until a colon turns up: the line with the colon is indented too far, or lacks its own. */
function explainLines([start, end]: Range, text: string): [Wording, Range] {
  const lastLine = text.lastIndexOf("\n", end - 1) + 1;
  const column = start - (text.lastIndexOf("\n", start - 1) + 1);
  const indent = /^ */.exec(text.slice(lastLine, end))?.[0].length ?? 0;
  return indent === column ? [KEY, [start, end]] : [INDENT, [lastLine, end]];
}

/** The library notices at the end of the file. The culprit is the last line with an odd number of quotes. */
function openingQuote(quote: string, [end]: Range, text: string): Range {
  for (let lineEnd = end; lineEnd > 0; lineEnd = text.lastIndexOf("\n", lineEnd - 1)) {
    const start = text.lastIndexOf("\n", lineEnd - 1) + 1;
    const quotes = text.slice(start, lineEnd).split(quote).length - 1;
    if (quotes % 2 === 1) return [text.lastIndexOf(quote, lineEnd), lineEnd];
  }
  return [Math.max(0, end - 1), end];
}

function inTheirWords({ message }: SyntaxProblem): Wording {
  return {
    code: "yaml-syntax",
    summary: `This is not YAML: ${clip(message)}`,
    advice: "Correct the line, or put the value in quotes.",
  };
}

/** Returns a text of at most 200 characters: what a file calls something may be as long as the file. */
export function clip(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199).replace(/[\ud800-\udbff]$/, "")}…` : text;
}

function worded({ code, summary, advice }: Wording, range: Range, source: Source): Diagnostic {
  return { severity: "error", code, summary, advice, location: source.locationOf(wholeWord(range, source.text)) };
}

/** The library points at single characters, and at the blanks before a word. People look for words. */
function wholeWord([start, end]: Range, text: string): Range {
  const word = /^[ \t]*(?<word>[\w-]*)/.exec(text.slice(start, start + 200));
  const length = word?.groups?.["word"]?.length ?? 0;
  if (length === 0) return [start, end];
  const from = start + (word?.[0].length ?? 0) - length;
  return [from, Math.max(end, from + length)];
}
