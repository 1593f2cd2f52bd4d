import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "@jest/globals";
import { ENVIRONMENT } from "../cli/args/help.ts";

function listFiles(directory: string, pattern: RegExp): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((path) => join(directory, path))
    .filter((path) => pattern.test(path));
}

const SOURCES = [...listFiles("cli", /\.ts$/), ...listFiles("src", /\.ts$/)];

test("every environment variable that begins with FRONT_ is documented", () => {
  const usedNames = SOURCES.flatMap((path) =>
    Array.from(readFileSync(path, "utf8").matchAll(/"(FRONT_[A-Z_]*[A-Z])"/g), ([, name = ""]) => name),
  );
  const documented = new Set(ENVIRONMENT.flatMap(([names]) => names.split(", ")));
  // The emulator sets this variable for the command that it runs, so it is not documented.
  documented.add("FRONT_CONTACTS_REHEARSAL");
  expect([...new Set(usedNames)].filter((name) => !documented.has(name))).toEqual([]);
});

const PAGES = [...readdirSync(".").filter((path) => /\.md$/.test(path)), ...listFiles("docs", /\.md$/)];

function withoutCodeBlocks(path: string): string {
  return readFileSync(path, "utf8").replaceAll(/^ *(`{3,})[^\n]*\n[\s\S]*?^ *\1$/gm, "");
}

/** Returns a page without code blocks, and without brackets in other code, because these brackets are not links. */
function proseOf(path: string): string {
  return withoutCodeBlocks(path).replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()#]/g, "_"));
}

/** Returns the anchors that GitHub generates for the headings of a page. */
function anchorsOf(path: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of withoutCodeBlocks(path).matchAll(/^#+ (.+)$/gm)) {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
      .replaceAll(" ", "-");
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

function problemOf(from: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? from : join(dirname(from), path);
  if (!existsSync(target)) return `${from}: ${link} does not exist`;
  if (anchor === undefined) return undefined;
  if (statSync(target).isDirectory() || !target.endsWith(".md")) return `${from}: ${link} cannot have an anchor`;
  return anchorsOf(target).has(anchor) ? undefined : `${from}: the heading of ${link} does not exist`;
}

test.each(PAGES)("every link in %s has a target", (path) => {
  const links = Array.from(proseOf(path).matchAll(/\]\(([^)\s]+)\)/g), ([, link = ""]) => link);
  expect(links.map((link) => problemOf(path, link)).filter((problem) => problem !== undefined)).toEqual([]);
});

/** Returns the first line of each table whose rows differ in their number of cells, or that has no delimiter row. */
function malformedTablesIn(path: string): string[] {
  return Array.from(withoutCodeBlocks(path).matchAll(/(?:^ *\|.*\n)+/gm), ([table]) => table.trimEnd().split("\n"))
    .filter(([header = "", delimiter = "", ...rows]) => {
      const count = countCells(header);
      return (
        !/^ *\|(?: *:?-+:? *\|)+$/.test(delimiter) || [delimiter, ...rows].some((row) => countCells(row) !== count)
      );
    })
    .map(([header = ""]) => header);
}

function countCells(row: string): number {
  return row.replaceAll("\\|", "").split("|").length;
}

// A blank line splits a table, and the second part then has no delimiter row.
test.each(PAGES)("every table in %s has a delimiter row, and rows with the same number of cells", (path) => {
  expect(malformedTablesIn(path)).toEqual([]);
});

test("every page that the source code refers to exists", () => {
  const problems = SOURCES.flatMap((source) =>
    Array.from(readFileSync(source, "utf8").matchAll(/docs\/[\w-]+\.md(?:#[\w-]+)?/g), ([link]) =>
      problemOf("README.md", link)?.replace("README.md", source),
    ),
  );
  expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
});

test("docs/README.md has a link to every page", () => {
  const index = readFileSync("docs/README.md", "utf8");
  const pages = listFiles("docs", /\.md$/).map((path) => relative("docs", path));
  expect(pages.filter((page) => page !== "README.md" && !index.includes(`](${page}`))).toEqual([]);
});
