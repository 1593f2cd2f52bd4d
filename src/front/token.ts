import { FrontError } from "./api.ts";

/** A source of tokens that are read later or renewed during the run. */
export interface TokenSource {
  /** Returns the token for the next request. Renews one that is about to expire, unless `skipRenewal` is set. */
  current(options?: { readonly skipRenewal?: boolean | undefined }): Promise<string>;
  /** Returns another token after Front refused this one; undefined if there is none. */
  renewAfterRefusal(refused: string): Promise<string | undefined>;
  /** Returns the secrets known so far, which must never be shown. */
  secrets(): readonly string[];
  /** Advice for the user if Front refuses the token. */
  readonly advice: string;
}

/** The characters of bearer tokens (RFC 6750). Front's tokens are JWTs. */
const TOKEN = /^[A-Za-z0-9._~+/=-]{8,}$/;

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * Returns the token without surrounding space. Throws a `FrontError`, which does not contain it, if it is malformed.
 */
export function parseToken(text: string): string {
  const token = text.trim();
  if (isToken(token)) return token;
  if (token === "") {
    throw new FrontError("unauthorized", "The API token is empty", {
      advice: "Check its source, which may be an empty variable, file or pipe.",
    });
  }
  const advice = "Copy it again from Front's settings (Developers, API tokens): without quotes, spaces or line breaks.";
  throw new FrontError("unauthorized", `The API token is malformed: it ${flawOf(token)}`, { advice });
}

/** Returns what is wrong with a token, without quoting any part of it. */
function flawOf(token: string): string {
  if (/["'`]/.test(token)) return "contains quotes";
  if (/\s/.test(token)) return "contains spaces or line breaks";
  return token.length < 8 ? "is too short" : "contains characters that no token has";
}

/** Returns a source of one token that is read at its first use. */
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
    renewAfterRefusal: async () => undefined,
    secrets: () => (token === undefined ? [] : [token]),
  };
}

/** Minimum length of a text to redact. Anything shorter occurs in ordinary text. */
const MIN_SECRET_LENGTH = 4;

/** Returns a text without the secrets, in any common encoding and letter case. */
export function redact(text: string, secrets: readonly string[]): string {
  // The longest first, because the secret itself is part of some of its encodings.
  const forms = secrets
    .flatMap(encodingsOf)
    .filter(({ length }) => length >= MIN_SECRET_LENGTH)
    .toSorted((one, other) => other.length - one.length);
  return forms.reduce((shown, form) => shown.replaceAll(new RegExp(escapedPattern(form), "gi"), "…"), text);
}

function encodingsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].flatMap((before) => [
    base64Of(bytes, before, "base64"),
    base64Of(bytes, before, "base64url"),
  ]);
  const others = [encodeURIComponent(secret), bytes.toString("hex"), bytes.toString("base64")];
  return [...new Set([secret, ...others, ...base64])];
}

/** Returns the characters that encode the secret only, if `before` other bytes precede it. */
function base64Of(bytes: Buffer, before: number, encoding: "base64" | "base64url"): string {
  const whole = Buffer.concat([Buffer.alloc(before), bytes]);
  const start = Math.ceil((before * 8) / 6);
  const end = Math.floor(((before + bytes.length) * 8) / 6);
  return whole.toString(encoding).slice(start, end);
}

function escapedPattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
