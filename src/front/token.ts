import { FrontError } from "./api.ts";

/** Where requests get their token from, when it is not simply known or may change on the way. */
export interface TokenSource {
  /** The token for the next request, renewed beforehand when it is about to expire, unless there is no time for it. */
  current(options?: { readonly atOnce?: boolean | undefined }): Promise<string>;
  /** Another one after Front refused this one; undefined when there is none. */
  renew(refused: string): Promise<string | undefined>;
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
export function tokenIn(text: string): string {
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
export function readToken(read: () => Promise<string>, advice: string): TokenSource {
  let reading: Promise<string> | undefined;
  let token: string | undefined;
  return {
    advice,
    async current() {
      reading ??= read().then(tokenIn);
      token = await reading;
      return token;
    },
    renew: async () => undefined,
    secrets: () => (token === undefined ? [] : [token]),
  };
}

/** A text without secrets in any of the forms in which they may come back. */
export function redact(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString("base64"),
  ]);
  return forms.reduce((shown, form) => shown.replaceAll(form, "…"), text);
}
