import { FrontError } from "./api.ts";

/** A source of tokens that can be renewed during the run. */
export interface TokenSource {
  /** Returns the current token. Renews a token that is about to expire, unless `skipRenewal` is set. */
  current(options?: { readonly skipRenewal?: boolean | undefined }): Promise<string>;
  /** Returns a token to use instead of a rejected token; undefined if there is none. */
  renewAfterRejection(rejectedToken: string): Promise<string | undefined>;
  /** Returns all secrets that were read so far, to redact them. */
  secrets(): readonly string[];
  /** Advice for the user if Front rejects the token. */
  readonly advice: string;
}

/** The characters of bearer tokens (RFC 6750). Front's tokens are JWTs. */
const TOKEN = /^[A-Za-z0-9._~+/=-]{8,}$/;

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * Returns a token without surrounding spaces. Throws a `FrontError`, which does not contain the token, if the token is
 * empty or malformed.
 */
export function parseToken(text: string): string {
  const token = text.trim();
  if (isToken(token)) return token;
  if (token === "") {
    throw new FrontError("unauthorized", "The API token is empty", {
      advice: "Check its source, which may be an empty variable, file or pipe.",
    });
  }
  const advice =
    "Copy it again in Front under Settings, Developers, API tokens, without quotes, spaces or line breaks.";
  throw new FrontError("unauthorized", `The API token is malformed: it ${describeFlaw(token)}`, { advice });
}

/** Returns why a token is malformed, as a predicate such as `is too short`. */
export function describeFlaw(token: string): string {
  if (/["'`]/.test(token)) return "contains quotes";
  if (/\s/.test(token)) return "contains spaces or line breaks";
  return token.length < 8 ? "is too short" : "contains characters that are not allowed in a token";
}

/** Returns the source of a token that is read at its first use. */
export function lazyToken(read: () => Promise<string>, advice: string): TokenSource {
  let reading: Promise<string> | undefined;
  let token: string | undefined;
  return {
    advice,
    async current() {
      reading ??= read().then(parseToken);
      token = await reading;
      return token;
    },
    renewAfterRejection: async () => undefined,
    secrets: () => (token === undefined ? [] : [token]),
  };
}

/** Minimum length of a string to redact. Shorter strings occur in ordinary text. */
const MIN_SECRET_LENGTH = 4;

/** Replaces secrets in a text, in any common encoding and letter case. */
export function redact(text: string, secrets: readonly string[]): string {
  // Longer forms are replaced first, because a form may contain a shorter form.
  const forms = secrets
    .flatMap(encodingsOf)
    .filter(({ length }) => length >= MIN_SECRET_LENGTH)
    .toSorted((a, b) => b.length - a.length);
  return forms.reduce((redacted, form) => redacted.replaceAll(new RegExp(escapePattern(form), "gi"), "…"), text);
}

function encodingsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].flatMap((offset) => [
    base64Of(bytes, offset, "base64"),
    base64Of(bytes, offset, "base64url"),
  ]);
  const others = [encodeURIComponent(secret), bytes.toString("hex"), bytes.toString("base64")];
  return [...new Set([secret, ...others, ...base64])];
}

/**
 * Returns the base64 characters that depend only on the secret if the secret starts at this offset in the encoded
 * bytes.
 */
function base64Of(bytes: Buffer, offset: number, encoding: "base64" | "base64url"): string {
  const shiftedBytes = Buffer.concat([Buffer.alloc(offset), bytes]);
  const start = Math.ceil((offset * 8) / 6);
  const end = Math.floor(((offset + bytes.length) * 8) / 6);
  return shiftedBytes.toString(encoding).slice(start, end);
}

function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
