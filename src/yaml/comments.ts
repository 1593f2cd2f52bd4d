import { Lexer } from "./yaml-package.ts";

/** A comment as it stands in a text. */
export interface Comment {
  readonly text: string;
  readonly offset: number;
  /** Nothing but blanks before it on its line. */
  readonly onOwnLine: boolean;
  /** Blanks before it, where it is alone. */
  readonly column: number;
}

/** What the lexer puts before the text of a scalar, which may look like a comment and is none. */
const SCALAR_FOLLOWS = "\u001f";
/** Words of the lexer that stand for no text. */
const SILENT = ["\u0002", "\u0018", SCALAR_FOLLOWS];

/** Every comment of a text with line feeds as line ends, in order. */
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

/** Whether the line above the one at this offset is there and blank. */
export function isBelowBlankLine(text: string, offset: number): boolean {
  const start = text.lastIndexOf("\n", offset - 1);
  if (start <= 0) return false;
  return text.slice(text.lastIndexOf("\n", start - 1) + 1, start).trim() === "";
}
