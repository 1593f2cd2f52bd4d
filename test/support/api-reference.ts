import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { CODES } from "../../src/model/diagnostic-codes.ts";

const HEAD = `<!-- Generated from src/index.ts and the comments of what it exports by \`npm run docs\`; edit those files. -->

# API of the library

Everything that \`import … from "front-contacts"\` offers. [Library](library.md) shows how the parts work together.
`;

interface Exported {
  readonly name: string;
  readonly comment: string;
  /** The declaration without the body of a function. */
  readonly declaration: string;
}

/** Returns the reference of the package's exports in Markdown. */
export function renderApiReference(): string {
  const exported = exportsOf("src/index.ts");
  const isFunction = ({ declaration }: Exported) => /^(async )?function /.test(declaration);
  const isClass = ({ declaration }: Exported) => declaration.startsWith("class ");
  return [
    HEAD,
    "## Functions",
    "",
    ...exported.filter(isFunction).flatMap(renderSection),
    "## Errors",
    "",
    ...exported.filter(isClass).flatMap(renderSection),
    "The `code` of an error from Front is one of these. Other errors have the codes of their area:",
    "[Codes](reference.md#codes).",
    "",
    "| Code | Meaning |",
    "|---|---|",
    ...Object.entries(CODES["Requests to Front"]).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`),
    "",
    "## Types",
    "",
    ...exported.filter((item) => !isFunction(item) && !isClass(item)).flatMap(renderSection),
  ].join("\n");
}

function renderSection({ name, comment, declaration }: Exported): string[] {
  const text = comment === "" ? [] : [comment, ""];
  return [`### ${name}`, "", ...text, "```ts", declaration, "```", ""];
}

function exportsOf(index: string): Exported[] {
  const statements = readFileSync(index, "utf8").matchAll(/^export (?:type )?\{([^}]*)\} from "([^"]+)";/gm);
  return Array.from(statements, ([, names = "", from = ""]) => {
    const source = readFileSync(posix.join(posix.dirname(index), from), "utf8");
    return names
      .split(",")
      .map((name) => name.replace(/\btype\b/, "").trim())
      .filter((name) => name !== "")
      .map((name) => declarationOf(name, source, join(index, from)));
  })
    .flat()
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function declarationOf(name: string, source: string, path: string): Exported {
  const pattern = new RegExp(
    `(?:/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\n)?^export ((?:async )?(?:function|class|interface|type|const) ${name}\\b[\\s\\S]*)`,
    "m",
  );
  const [, comment = "", rest] = pattern.exec(source) ?? [];
  if (rest === undefined) throw new Error(`${name} is not declared in ${path}`);
  return { name, comment: proseOf(comment), declaration: withoutBody(rest) };
}

/** Returns the text of a comment without asterisks. */
function proseOf(comment: string): string {
  return comment.replaceAll(/^\s*\* ?/gm, "").trim();
}

function withoutBody(text: string): string {
  if (text.startsWith("class ")) return classOutline(text);
  const lines = text.split("\n");
  const isFunction = /^(async )?function /.test(text);
  for (let count = 1; count <= lines.length; count += 1) {
    const head = lines.slice(0, count).join("\n");
    if (isFunction && head.endsWith(" {") && isBalanced(head.slice(0, -2))) return `${head.slice(0, -2)};`;
    if (!isFunction && /[;}]$/.test(head) && isBalanced(head)) return head;
  }
  throw new Error(`the declaration does not end: ${lines[0]}`);
}

function isBalanced(text: string): boolean {
  const count = (characters: RegExp) => text.match(characters)?.length ?? 0;
  return count(/[({[]/g) === count(/[)}\]]/g);
}

/** Returns the head of a class and its fields with their comments. */
function classOutline(text: string): string {
  const body = text.slice(0, text.indexOf("\n}"));
  const fields = body.matchAll(/(?: {2}\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?^ {2}readonly [^;=]+;/gm);
  return [body.split("\n")[0], ...Array.from(fields, ([field]) => field), "}"].join("\n");
}
