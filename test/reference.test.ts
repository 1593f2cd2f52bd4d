import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import schema from "../schemas/contacts.schema.json" with { type: "json" };
import { renderReference } from "./support/reference.ts";

const PATH = "docs/reference.md";

/** To write it anew after the schema has changed: `npm run docs`. */
test("the reference says what the schema says; npm run docs brings it up to date", () => {
  const reference = renderReference(schema);
  if (process.env["DOCS"] !== undefined) writeFileSync(PATH, reference);
  expect(readFileSync(PATH, "utf8")).toBe(reference);
});

test("every key of the schema is in it", () => {
  const reference = readFileSync(PATH, "utf8");
  const parts = [schema, ...Object.values(schema.$defs)].filter((part) => "properties" in part);
  const keys = parts.flatMap((part) => Object.keys("properties" in part ? part.properties : {}));
  for (const key of keys) expect(reference).toContain(`| \`${key}\``);
});
