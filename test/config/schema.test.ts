import { expect, test } from "@jest/globals";
import schema from "../../schemas/contacts.schema.json" with { type: "json" };
import { checkSchema } from "../../src/config/schema.ts";
import { FIELD_TYPES, HANDLE_SOURCES } from "../../src/model/contact.ts";
import { parseYaml } from "../../src/yaml/parse.ts";
import { createSource } from "../../src/yaml/source-text.ts";

const { contact, handle, fieldDeclaration } = schema.$defs;

test("the schema and the types contain the same handle sources and field types", () => {
  expect(handle.properties.source.enum).toEqual(HANDLE_SOURCES);
  expect(fieldDeclaration.properties.type.enum).toEqual(FIELD_TYPES);
});

/**
 * Returns the properties in a schema, with their paths. Skips examples, which are values, and `if` and `else`, whose
 * properties are documented elsewhere in the schema.
 */
function propertiesOf(node: unknown, path = ""): [path: string, schema: object][] {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([key, value]: [string, object]) => {
    const properties = key === "properties" ? Object.entries(value) : [];
    const nested = ["examples", "if", "else"].includes(key) ? [] : propertiesOf(value, `${path}/${key}`);
    return [...properties.map(([name, property]): [string, object] => [`${path}/${name}`, property]), ...nested];
  });
}

test.each(propertiesOf(schema))("the schema documents %s for editors", (_, property) => {
  expect(Object.keys(property)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^(?:\$ref|title|description|patternErrorMessage)$/)]),
  );
});

const propertiesWithExamples = Object.entries(contact.properties).flatMap(([name, property]) =>
  "examples" in property ? [[name, property.examples] as const] : [],
);

test.each(propertiesWithExamples)("the examples of %s are valid", (name, examples) => {
  for (const example of examples) {
    const contents = { handles: [{ source: "custom", handle: "x" }], [name]: example };
    expect(problemsOf({ contacts: { dale: contents } })).toEqual([]);
  }
});

test("the examples of top-level keys are valid", () => {
  for (const [name, property] of Object.entries(schema.properties)) {
    for (const example of "examples" in property ? property.examples : []) {
      expect(problemsOf({ [name]: example })).toEqual([]);
    }
  }
});

function problemsOf(value: unknown) {
  const { documents, diagnostics } = parseYaml(createSource("example.yaml", JSON.stringify(value)));
  return [...diagnostics, ...documents.flatMap(checkSchema)];
}
