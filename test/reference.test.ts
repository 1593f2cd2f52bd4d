import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import schema from "../schemas/contacts.schema.json" with { type: "json" };
import { CODES } from "../src/model/codes.ts";
import { renderReference } from "./support/reference.ts";

const PATH = "docs/reference.md";

/** `npm run docs` writes the page. */
test("the reference is up to date; npm run docs updates it", () => {
  const reference = renderReference(schema, CODES);
  if (process.env["DOCS"] !== undefined) writeFileSync(PATH, reference);
  expect(readFileSync(PATH, "utf8")).toBe(reference);
});

test("the reference has every key of the schema", () => {
  const reference = readFileSync(PATH, "utf8");
  const parts = [schema, ...Object.values(schema.$defs)].filter((part) => "properties" in part);
  const keys = parts.flatMap((part) => Object.keys("properties" in part ? part.properties : {}));
  for (const key of keys) expect(reference).toContain(`| \`${key}\``);
});

test("the reference has no codes that the program does not use, and none twice", () => {
  const codes = Object.values(CODES).flatMap((area) => Object.keys(area));
  expect(codes.length).toBe(new Set(codes).size);
  const program = ["src", "cli"]
    .flatMap((root) => readdirSync(root, { recursive: true, encoding: "utf8" }).map((path) => `${root}/${path}`))
    .filter((path) => path.endsWith(".ts") && path !== "src/model/codes.ts")
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
  const unused = codes.filter((code) => !program.includes(`"${code}"`) && !code.startsWith("operation-"));
  expect(unused).toEqual([]);
});
