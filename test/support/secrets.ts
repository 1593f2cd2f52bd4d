import { inspect } from "node:util";
import { expect } from "@jest/globals";

/** An OAuth client with a secret that no text contains by chance, with characters that encodings change. */
export const CLIENT = { id: "app-1", secret: "cl1ent_s3cret.with+odd=characters~" };

/** Expects that output contains none of the secrets, in any encoding. */
export function expectNoSecret(shown: unknown, secrets: readonly string[]): void {
  const text =
    typeof shown === "string" ? shown : inspect(shown, { depth: 9, showHidden: true }) + JSON.stringify(shown);
  const basic = secrets.map((secret) => `${CLIENT.id}:${secret}`);
  for (const secret of [...secrets, ...basic]) {
    expect(secret.length).toBeGreaterThan(8);
    const bytes = Buffer.from(secret);
    for (const form of [secret, encodeURIComponent(secret), bytes.toString("base64"), bytes.toString("hex")]) {
      expect(text.toLowerCase()).not.toContain(form.toLowerCase());
    }
  }
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
