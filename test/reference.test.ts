import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import schema from "../schemas/contacts.schema.json" with { type: "json" };
import { CODES } from "../src/model/diagnostic-codes.ts";
import { renderApiReference } from "./support/api-reference.ts";
import { renderCliReference } from "./support/cli-reference.ts";
import { recordSession } from "./support/recorded-session.ts";
import { renderReference } from "./support/reference.ts";

test.each([
  ["docs/reference.md", () => renderReference(schema, CODES)],
  ["docs/cli.md", renderCliReference],
  ["docs/api.md", renderApiReference],
  ["docs/images/session.svg", recordSession],
])("%s is up to date; npm run docs updates it", async (path, render) => {
  const content = await render();
  // The variable DOCS is set by `npm run docs`.
  if (process.env["DOCS"] !== undefined) writeFileSync(path, content);
  expect(readFileSync(path, "utf8")).toBe(content);
});

test("docs/reference.md contains the keys of each definition in the schema", () => {
  const reference = readFileSync("docs/reference.md", "utf8");
  const parts = [schema, ...Object.values(schema.$defs)].filter((part) => "properties" in part);
  const keys = parts.flatMap((part) => Object.keys("properties" in part ? part.properties : {}));
  for (const key of keys) expect(reference).toContain(`| \`${key}\``);
  expect(reference).not.toContain("undefined");
});

test("each diagnostic code is in one area, and in the sources of the program unless it starts with operation-", () => {
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
