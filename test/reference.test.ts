import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import schema from "../schemas/contacts.schema.json" with { type: "json" };
import { CODES } from "../src/model/diagnostic-codes.ts";
import { renderApiReference } from "./support/api-reference.ts";
import { renderCliReference } from "./support/cli-reference.ts";
import { recordSession } from "./support/recorded-session.ts";
import { renderReference } from "./support/reference.ts";

const PATH = "docs/reference.md";

/** Expects that a file has this content. First writes the file if the variable DOCS is set; `npm run docs` sets it. */
function expectUpToDate(path: string, content: string): void {
  if (process.env["DOCS"] !== undefined) writeFileSync(path, content);
  expect(readFileSync(path, "utf8")).toBe(content);
}

test("docs/reference.md is up to date; npm run docs updates it", () => {
  expectUpToDate(PATH, renderReference(schema, CODES));
});

test("docs/cli.md is up to date; npm run docs updates it", () => {
  expectUpToDate("docs/cli.md", renderCliReference());
});

test("docs/api.md is up to date; npm run docs updates it", () => {
  expectUpToDate("docs/api.md", renderApiReference());
});

test("docs/images/session.svg shows the output of the program; npm run docs updates it", async () => {
  expectUpToDate("docs/images/session.svg", await recordSession());
});

test("docs/reference.md contains the keys of each definition in the schema", () => {
  const reference = readFileSync(PATH, "utf8");
  const parts = [schema, ...Object.values(schema.$defs)].filter((part) => "properties" in part);
  const keys = parts.flatMap((part) => Object.keys("properties" in part ? part.properties : {}));
  for (const key of keys) expect(reference).toContain(`| \`${key}\``);
  expect(reference).not.toContain("undefined");
});

test("each code is in one area, and in the sources of the program unless it starts with operation-", () => {
  const codes = Object.values(CODES).flatMap((area) => Object.keys(area));
  expect(codes.length).toBe(new Set(codes).size);
  const program = ["src", "cli"]
    .flatMap((root) => readdirSync(root, { recursive: true, encoding: "utf8" }).map((path) => `${root}/${path}`))
    .filter((path) => path.endsWith(".ts") && path !== "src/model/diagnostic-codes.ts")
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
  const unused = codes.filter((code) => !program.includes(`"${code}"`) && !code.startsWith("operation-"));
  expect(unused).toEqual([]);
});
