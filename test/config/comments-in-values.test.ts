import { expect, test } from "@jest/globals";
import { warnCommentsInValues } from "../../src/config/comments-in-values.ts";
import { fastParse } from "../../src/yaml/fast-parse.ts";
import { parseWithPackage } from "../../src/yaml/parse.ts";
import { createSource } from "../../src/yaml/source-text.ts";

test("both parsers find the same comments", () => {
  const source = createSource(
    "a.yaml",
    `contacts: #all
  ann:
    name: Ann #1
    description: #1 fan
    links: [https://x.example] #web
  bob: # see: #5
    name: Bob # 2 #3
    handles:
      - handle: bob@x.example  #work
        source: email
    lists:
      - Team #2
    custom_fields:
      Note: "Bob #5" #quoted
      Plan: A - B #C
`,
  );
  const document = fastParse(source);
  const warnings = [...warnCommentsInValues(source, document === undefined ? [] : [document])];
  expect(document).toBeDefined();
  expect(warnings.map(({ location, summary }) => [location?.line, location?.column, summary])).toEqual([
    [3, 15, 'YAML reads "#1" as a comment, not as part of the value'],
    [4, 18, 'YAML reads "#1 fan" as a comment, not as part of the value'],
    [9, 32, 'YAML reads "#work" as a comment, not as part of the value'],
    [12, 14, 'YAML reads "#2" as a comment, not as part of the value'],
    [15, 19, 'YAML reads "#C" as a comment, not as part of the value'],
  ]);
  expect([...warnCommentsInValues(source, parseWithPackage(source).documents)]).toEqual(warnings);
});

test("finds comments after tabs, on the line below a key and in flow collections, each once", () => {
  const source = createSource(
    "a.yaml",
    `contacts:
  ann: { name: "Ann #1", description: A #2
    , custom_fields: { More: &more All #3
    } }
  bob: { name: *more, description: *more #4
    }
  eve:
    name:
      Eve #5
    description: E\t#6
`,
  );
  const warnings = [...warnCommentsInValues(source, parseWithPackage(source).documents)];
  expect(warnings.map(({ location }) => [location?.line, location?.column])).toEqual([
    [2, 41],
    [3, 40],
    [9, 11],
    [10, 20],
  ]);
});
