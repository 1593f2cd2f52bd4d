import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect } from "@jest/globals";

/** An OAuth client. Its secret does not occur in other text, and contains characters that encodings change. */
export const CLIENT = { id: "app-1", secret: "cl1ent_s3cret.with+odd=characters~" };

/**
 * Returns the secret and its encodings. The base64 encoding depends on the number of bytes before the secret, modulo
 * three.
 */
function encodingsOf(secret: string): readonly string[] {
  const base64 = ["", "x", "xx"].map((prefix) => {
    const encoded = Buffer.from(`${prefix}${secret}`).toString("base64");
    // The first and last characters depend on the surrounding bytes.
    return encoded.slice(prefix.length === 0 ? 0 : 4, -4);
  });
  const hex = Buffer.from(secret).toString("hex");
  return [secret, encodeURIComponent(secret), encodeURIComponent(encodeURIComponent(secret)), hex, ...base64];
}

/**
 * Throws an error if the text contains a secret, unchanged or encoded for a URL, in hex or in base64. Ignores case, and
 * secrets of fewer than eight characters.
 */
export function expectNoSecretInText(secrets: readonly string[], text: string, subject: string): void {
  const lowerCaseText = text.toLowerCase();
  for (const encoding of secrets.filter(({ length }) => length >= 8).flatMap(encodingsOf)) {
    const start = lowerCaseText.indexOf(encoding.toLowerCase());
    if (start === -1) continue;
    const context = text.slice(Math.max(0, start - 60), start + encoding.length + 20);
    throw new Error(`a secret is in ${subject}: …${context}…`);
  }
}

/** Throws an error if a file in the directory contains a secret. Files in `ignoredPaths` are not read. */
export function expectNoSecretInFiles(
  secrets: readonly string[],
  directory: string,
  ignoredPaths: ReadonlySet<string>,
): void {
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    const path = join(directory, name);
    if (ignoredPaths.has(path) || !lstatSync(path).isFile()) continue;
    expectNoSecretInText(secrets, readFileSync(path, "latin1"), `the file ${name}`);
  }
}

/** Expects no secret in a string as it is, or in any other value as JSON and as Node.js logs it. */
export function expectNoSecret(value: unknown, secrets: readonly string[]): void {
  for (const secret of secrets) expect(secret.length).toBeGreaterThan(8);
  const text =
    typeof value === "string" ? value : inspect(value, { depth: 9, showHidden: true }) + JSON.stringify(value);
  expectNoSecretInText(secrets, text, "a value");
}

/** Returns the secrets that the emulator received or issued. */
export function secretsOf(snapshot: {
  readonly oauth?: {
    readonly refresh_tokens?: readonly { readonly token: string }[];
    readonly access_tokens?: readonly { readonly token: string }[];
  };
}): string[] {
  const { refresh_tokens = [], access_tokens = [] } = snapshot.oauth ?? {};
  return [CLIENT.secret, ...[...refresh_tokens, ...access_tokens].map(({ token }) => token)];
}
