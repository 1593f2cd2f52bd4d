import { lineStartOf } from "./nodes.ts";
import { CST, Lexer } from "./yaml-package.ts";

export interface Comment {
  /** The text, including `#`. */
  readonly text: string;
  readonly offset: number;
  /** True if only white space precedes the comment on its line. */
  readonly onOwnLine: boolean;
  /** The number of characters before the comment on its line. */
  readonly column: number;
}

/** Lexemes that mark a position and contain no characters of the text. */
const MARKS: readonly string[] = [CST.DOCUMENT, CST.FLOW_END, CST.SCALAR];

/** Returns the comments of a text in order. Lines must end with line feeds. */
export function findComments(text: string): Comment[] {
  const comments: Comment[] = [];
  let offset = text.startsWith("\uFEFF") ? 1 : 0;
  let isScalar = false;
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme.startsWith("#") && !isScalar) comments.push(commentAt(text, lexeme, offset));
    // The lexeme after this mark is the text of a scalar, which may begin with #.
    isScalar = lexeme === CST.SCALAR;
    if (!MARKS.includes(lexeme)) offset += lexeme.length;
  }
  return comments;
}

function commentAt(text: string, comment: string, offset: number): Comment {
  const before = text.slice(lineStartOf(text, offset), offset);
  return { text: comment.trimEnd(), offset, onOwnLine: before.trim() === "", column: before.length };
}

/** Returns whether a comment such as `#1` may be meant as a part of the value before it. `# 1` is meant as a comment. */
export function looksLikeText(comment: string): boolean {
  return /^#[\p{L}\p{N}]/u.test(comment);
}

export function isBelowBlankLine(text: string, offset: number): boolean {
  const start = text.lastIndexOf("\n", offset - 1);
  if (start <= 0) return false;
  return text.slice(text.lastIndexOf("\n", start - 1) + 1, start).trim() === "";
}
