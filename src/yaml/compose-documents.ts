import { LIMITS } from "../model/limits.ts";
import { Composer, CST, type Document, Lexer, Parser } from "./yaml-package.ts";

type YamlLimit = "levels" | "tokens" | "directives" | "entries" | "text";

type ComposerOptions = ConstructorParameters<typeof Composer>[0];
type SyntaxProblems = Pick<Document, "errors" | "warnings">;

/** Composing stops at a document with too many errors (`broken`), and at an exceeded limit (`limit`). */
export type ComposedPart =
  | { readonly kind: "document"; readonly document: Document }
  | { readonly kind: "broken"; readonly problems: SyntaxProblems }
  | { readonly kind: "limit"; readonly limit: YamlLimit; readonly offset: number };

/**
 * Maximum depth of the parser's stack. Composing is recursive, and V8 may abort the process when a regular expression
 * overflows the call stack.
 */
const MAX_SYNTAX_LEVELS = 4 * LIMITS.levels;

/**
 * Yields the documents in a text. Stops at the first exceeded limit. The limits restrict memory use, because a token or
 * an error of the `yaml` package takes a hundred times as much memory as a character.
 */
export function* composeDocuments(text: string, options: ComposerOptions): Generator<ComposedPart, void> {
  const stream = new DocumentStream(options);
  try {
    for (const lexeme of new Lexer().lex(text)) {
      const limit = stream.limitExceededBy(lexeme);
      if (limit !== undefined) return yield { kind: "limit", limit, offset: stream.offset };
      yield* stream.add(lexeme);
      if (stream.hasTooManyErrors) break;
    }
    yield* stream.end();
  } catch (error) {
    if (error !== TOO_MANY_ERRORS) throw error;
    yield { kind: "broken", problems: stream.problems };
  }
}

/** Returns whether a text has more than `limit` tokens. The lexer creates at most three tokens per character. */
export function exceedsTokens(text: string, limit: number): boolean {
  if (text.length * 3 <= limit) return false;
  let tokens = 0;
  for (const _ of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > limit) return true;
  }
  return false;
}

/** Matches the start of a quoted scalar, a block scalar header, an anchor, an alias or a tag. */
const STARTS_TEXT = /^["'|>&*!]/;

const TOO_MANY_ERRORS = Symbol("more syntax errors than are reported");

class DocumentStream {
  readonly #parser = new Parser();
  readonly #composer: Composer;
  #tokens = 0;
  #directives = 0;
  #followsScalarMark = false;
  #errors = 0;

  constructor(options: ComposerOptions) {
    this.#composer = new Composer(options);
    limitErrors(this.#composer, LIMITS.syntaxErrors);
  }

  get offset(): number {
    return this.#parser.offset;
  }

  limitExceededBy(lexeme: string): YamlLimit | undefined {
    if (this.#parser.stack.length > MAX_SYNTAX_LEVELS) return "levels";
    if (lexeme.length > LIMITS.sourceStringLength && (this.#followsScalarMark || STARTS_TEXT.test(lexeme)))
      return "text";
    const collection = this.#parser.stack.at(-1);
    if (collection !== undefined && "items" in collection && collection.items.length > LIMITS.collectionEntries)
      return "entries";
    if (this.#tokens > LIMITS.tokens) return "tokens";
    return this.#directives > LIMITS.documents ? "directives" : undefined;
  }

  /** True if the parser emitted too many tokens of the type `error`. */
  get hasTooManyErrors(): boolean {
    return this.#errors >= LIMITS.syntaxErrors;
  }

  /** The errors and warnings of the document that is being composed. */
  get problems(): SyntaxProblems {
    return this.#composer.streamInfo();
  }

  *add(lexeme: string): Generator<ComposedPart, void> {
    this.#tokens += 1;
    this.#followsScalarMark = lexeme === CST.SCALAR;
    for (const token of this.#parser.next(lexeme)) yield* this.#compose(token);
  }

  *end(): Generator<ComposedPart, void> {
    for (const token of this.#parser.end()) yield* this.#compose(token);
    for (const document of this.#composer.end()) yield { kind: "document", document };
  }

  *#compose(token: Parameters<Composer["next"]>[0]): Generator<ComposedPart, void> {
    if (token.type === "directive" || token.type === "doc-end") this.#directives += 1;
    if (token.type === "error") this.#errors += 1;
    for (const document of this.#composer.next(token)) yield { kind: "document", document };
  }
}

/**
 * Makes the composer throw `TOO_MANY_ERRORS` after `limit` errors and warnings. The package has no option for this, so
 * this function replaces a private property. If the package renames the property, the test of a document with many
 * errors fails.
 */
function limitErrors(composer: Composer, limit: number): void {
  const report: (...problem: readonly unknown[]) => void = Reflect.get(composer, "onError");
  let count = 0;
  Reflect.set(composer, "onError", (...problem: readonly unknown[]) => {
    count += 1;
    if (count > limit) throw TOO_MANY_ERRORS;
    report(...problem);
  });
}
