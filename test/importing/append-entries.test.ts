import { expect, test } from "@jest/globals";
import { type Addition, appendTo } from "../../src/importing/append-entries.ts";
import { parseYaml } from "../../src/yaml/parse.ts";
import { createSource } from "../../src/yaml/source-text.ts";

const ADA: Addition = { key: "contacts", lines: (indent) => `${indent}ada:\n${indent}  name: Ada\n` };
const VIP: Addition = {
  key: "lists",
  lines: (indent) => `${indent}- VIP\n`,
  entries: (indent) => `${indent}VIP: {}\n`,
};
const TITLE: Addition = { key: "custom_fields", lines: (indent) => `${indent}Title: { type: string }\n` };

const cases: readonly (readonly [name: string, before: string, additions: readonly Addition[], after: string])[] = [
  [
    "below the last contact",
    "contacts:\n  bo:\n    name: Bo # his\n",
    [ADA],
    "contacts:\n  bo:\n    name: Bo # his\n\n  ada:\n    name: Ada\n",
  ],
  [
    "with the indent of the file",
    "contacts:\n    bo:\n        name: Bo\n",
    [ADA],
    "contacts:\n    bo:\n        name: Bo\n\n    ada:\n      name: Ada\n",
  ],
  [
    "above keys that follow the contacts",
    "contacts:\n  bo: { name: Bo }\n\n# lists\nlists: []\n",
    [ADA],
    "contacts:\n  bo: { name: Bo }\n\n  ada:\n    name: Ada\n\n# lists\nlists: []\n",
  ],
  [
    "under each existing key",
    "lists:\n  - Own\ncustom_fields:\n  A: { type: string }\ncontacts:\n  bo: { name: Bo }\n",
    [ADA, VIP, TITLE],
    "lists:\n  - Own\n  - VIP\ncustom_fields:\n  A: { type: string }\n  Title: { type: string }\ncontacts:\n  bo: { name: Bo }\n\n  ada:\n    name: Ada\n",
  ],
  [
    "as entries of a map of lists",
    "lists:\n  Own: { members: exact }\ncontacts:\n  bo: { name: Bo }\n",
    [ADA, VIP],
    "lists:\n  Own: { members: exact }\n  VIP: {}\ncontacts:\n  bo: { name: Bo }\n\n  ada:\n    name: Ada\n",
  ],
  [
    "under a new key at the end of the file",
    "contacts:\n  bo: { name: Bo }",
    [ADA, VIP],
    "contacts:\n  bo: { name: Bo }\n\n  ada:\n    name: Ada\n\nlists:\n  - VIP\n",
  ],
  [
    "in a new document below a flow map",
    "contacts: { bo: { name: Bo } }",
    [ADA],
    "contacts: { bo: { name: Bo } }\n---\ncontacts:\n  ada:\n    name: Ada\n",
  ],
  [
    "in a new document below a flow sequence",
    "contacts:\n  bo: { name: Bo }\nlists: [Own]\n",
    [ADA, VIP],
    "contacts:\n  bo: { name: Bo }\nlists: [Own]\n---\ncontacts:\n  ada:\n    name: Ada\n\nlists:\n  - VIP\n",
  ],
  [
    "in a new document below a document end marker",
    "contacts:\n  bo: { name: Bo }\n...\n",
    [VIP],
    "contacts:\n  bo: { name: Bo }\n...\n---\nlists:\n  - VIP\n",
  ],
  [
    "in a new document if an alias shares the sequence",
    "lists: &own\n  - Own\ncontacts:\n  bo: { lists: *own }\n",
    [VIP],
    "lists: &own\n  - Own\ncontacts:\n  bo: { lists: *own }\n---\nlists:\n  - VIP\n",
  ],
  [
    "below the comments of the last contact",
    "contacts:\n  bo:\n    name: Bo\n    # avatar: bo.png\n# the end\n",
    [ADA],
    "contacts:\n  bo:\n    name: Bo\n    # avatar: bo.png\n\n  ada:\n    name: Ada\n# the end\n",
  ],
  [
    "with the line endings of the file",
    "contacts:\r\n  bo:\r\n    name: Bo",
    [ADA, VIP],
    "contacts:\r\n  bo:\r\n    name: Bo\r\n\r\n  ada:\r\n    name: Ada\r\n\r\nlists:\r\n  - VIP\r\n",
  ],
  ["to a file with comments only", "# nothing yet", [ADA], "# nothing yet\n---\ncontacts:\n  ada:\n    name: Ada\n"],
];

test.each(cases)("an addition is written %s", (_, before, additions, after) => {
  expect(appendTo(before, additions)).toBe(after);
  expect(parseYaml(createSource("a.yaml", after)).diagnostics).toEqual([]);
});
