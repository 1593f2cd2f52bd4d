import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Returns the encodings in which a secret may appear. Its base64 depends on the number of bytes before it, modulo three. */
function formsOf(secret: string): readonly string[] {
  const base64 = ["", "x", "xx"].map((before) => {
    const whole = Buffer.from(`${before}${secret}`).toString("base64");
    // The first and last characters depend on the surrounding bytes.
    return whole.slice(before.length === 0 ? 0 : 4, -4);
  });
  const hex = Buffer.from(secret).toString("hex");
  return [secret, encodeURIComponent(secret), encodeURIComponent(encodeURIComponent(secret)), hex, ...base64];
}

/** Throws if a text contains one of the secrets in any encoding. Secrets of fewer than eight characters are ignored. */
export function expectNoSecretInText(secrets: readonly string[], text: string, where: string): void {
  const anyCase = text.toLowerCase();
  for (const secret of secrets.filter((each) => each.length >= 8)) {
    const found = formsOf(secret).find((form) => anyCase.includes(form.toLowerCase()));
    if (found !== undefined) throw new Error(`a secret is in ${where}: …${around(text, found)}…`);
  }
}

function around(text: string, found: string): string {
  const at = text.toLowerCase().indexOf(found.toLowerCase());
  return text.slice(Math.max(0, at - 60), at + found.length + 20);
}

/** Throws if a file below a directory contains one of the secrets, except the files that the test wrote. */
export function expectNoSecretInFiles(secrets: readonly string[], directory: string, given: ReadonlySet<string>): void {
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    const path = join(directory, name);
    if (given.has(path) || !lstatSync(path).isFile()) continue;
    expectNoSecretInText(secrets, readFileSync(path, "latin1"), `the file ${name}`);
  }
}
