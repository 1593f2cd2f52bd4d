import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The forms in which a secret may slip out. Base64 is looked for at each of the three places it can begin at. */
function formsOf(secret: string): readonly string[] {
  const base64 = ["", "x", "xx"].map((before) => {
    const whole = Buffer.from(`${before}${secret}`).toString("base64");
    // The first and last characters depend on what stands around it.
    return whole.slice(before.length === 0 ? 0 : 4, -4);
  });
  const hex = Buffer.from(secret).toString("hex");
  return [secret, encodeURIComponent(secret), encodeURIComponent(encodeURIComponent(secret)), hex, ...base64];
}

/** Fails when one of these secrets is in a text, in whatever form. */
export function mustNotTell(secrets: readonly string[], text: string, where: string): void {
  const anyCase = text.toLowerCase();
  for (const secret of secrets.filter((each) => each.length >= 8)) {
    const found = formsOf(secret).find((form) => anyCase.includes(form.toLowerCase()));
    if (found !== undefined) throw new Error(`a secret is told by ${where}: …${around(text, found)}…`);
  }
}

function around(text: string, found: string): string {
  const at = text.toLowerCase().indexOf(found.toLowerCase());
  return text.slice(Math.max(0, at - 60), at + found.length + 20);
}

/** Fails when one of these secrets is in a file below a directory, but for those that the test itself put there. */
export function mustNotKeep(secrets: readonly string[], directory: string, given: ReadonlySet<string>): void {
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    const path = join(directory, name);
    if (given.has(path) || !lstatSync(path).isFile()) continue;
    mustNotTell(secrets, readFileSync(path, "latin1"), `the file ${name}`);
  }
}
