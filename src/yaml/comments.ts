import { Lexer } from "./yaml-package.ts";

/** A comment in a text. */
export interface Comment {
  readonly text: string;
  readonly offset: number;
  /** True if only spaces precede it on its line. */
  readonly onOwnLine: boolean;
  /** Characters before it on its line. */
  readonly column: number;
}

/** The lexer emits this before the text of a scalar, which may begin with #. */
const SCALAR_FOLLOWS = "\u001f";
/** Lexemes that have no text. */
const SILENT = ["\u0002", "\u0018", SCALAR_FOLLOWS];

/** Returns the comments of a text in order. Lines must end with line feeds. */
export function findComments(text: string): Comment[] {
  const comments: Comment[] = [];
  let offset = text.startsWith("\uFEFF") ? 1 : 0;
  let inScalar = false;
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme.startsWith("#") && !inScalar) comments.push(commentAt(text, lexeme, offset));
    inScalar = lexeme === SCALAR_FOLLOWS;
    if (!SILENT.includes(lexeme)) offset += lexeme.length;
  }
  return comments;
}

function commentAt(text: string, comment: string, offset: number): Comment {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const before = text.slice(start, offset);
  return { text: comment.trimEnd(), offset, onOwnLine: before.trim() === "", column: before.length };
}

/** Returns whether the line above an offset is blank. */
export function isBelowBlankLine(text: string, offset: number): boolean {
  const start = text.lastIndexOf("\n", offset - 1);
  if (start <= 0) return false;
  return text.slice(text.lastIndexOf("\n", start - 1) + 1, start).trim() === "";
}
