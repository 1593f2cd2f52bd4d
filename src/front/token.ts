import { FrontError } from "./api.ts";

/** Where requests get their token from, when it is not simply known or may change on the way. */
export interface TokenSource {
  /** The token for the next request, renewed beforehand when it is about to expire, unless there is no time for it. */
  current(options?: { readonly skipRenewal?: boolean | undefined }): Promise<string>;
  /** Another one after Front refused this one; undefined when there is none. */
  renewAfterRefusal(refused: string): Promise<string | undefined>;
  /** All that must never be shown, as far as it is known by now. */
  secrets(): readonly string[];
  /** What to do when Front refuses the token for good. */
  readonly advice: string;
}

/** What an HTTP header can carry; Front's own tokens are JWTs. */
const TOKEN = /^[A-Za-z0-9._~+/=-]{8,}$/;

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** The token without what surrounds it in a file; throws when it cannot be one. Never repeats it. */
export function parseToken(text: string): string {
  const token = text.trim();
  if (isToken(token)) return token;
  if (token === "") {
    throw new FrontError("unauthorized", "There is nothing where the API token should be", {
      advice: "Look at what brings it: an empty variable, file or pipe.",
    });
  }
  const advice = "Copy it again from Front's settings (Developers, API tokens): without quotes, spaces or line breaks.";
  throw new FrontError("unauthorized", "The API token has characters that no token has", { advice });
}

/** A token that is only known once it is asked for, and stays what it is. */
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

/** Anything shorter is part of ordinary text. */
const SHORTEST = 4;

/** Returns a text without secrets, in whatever encoding and letter case they come back. */
export function redact(text: string, secrets: readonly string[]): string {
  // The secret itself is part of some of its encodings, so these come first.
  const forms = secrets
    .flatMap(encodingsOf)
    .filter(({ length }) => length >= SHORTEST)
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

/** The characters that stand for a secret and nothing else, when it is encoded behind so many other bytes. */
function base64Of(bytes: Buffer, before: number, encoding: "base64" | "base64url"): string {
  const whole = Buffer.concat([Buffer.alloc(before), bytes]);
  const start = Math.ceil((before * 8) / 6);
  const end = Math.floor(((before + bytes.length) * 8) / 6);
  return whole.toString(encoding).slice(start, end);
}

function escapedPattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
