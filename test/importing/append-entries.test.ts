import { expect, test } from "@jest/globals";
import { type Addition, appendTo } from "../../src/importing/append-entries.ts";
import { parseYaml } from "../../src/yaml/parse.ts";
import { createSource } from "../../src/yaml/source-text.ts";

const ADA: Addition = { key: "contacts", lines: (indent) => `${indent}ada:\n${indent}  name: Ada\n` };
const VIP: Addition = { key: "lists", lines: (indent) => `${indent}- VIP\n` };
const TITLE: Addition = { key: "custom_fields", lines: (indent) => `${indent}Title: { type: string }\n` };

const cases: readonly (readonly [name: string, before: string, additions: readonly Addition[], after: string])[] = [
  [
    "below the last contact",
    "contacts:\n  bo:\n    name: Bo # his\n",
    [ADA],
    "contacts:\n  bo:\n    name: Bo # his\n\n  ada:\n    name: Ada\n",
  ],
  [
    "with the indent that the file has",
    "contacts:\n    bo:\n        name: Bo\n",
    [ADA],
    "contacts:\n    bo:\n        name: Bo\n\n    ada:\n      name: Ada\n",
  ],
  [
    "above what follows the contacts",
    "contacts:\n  bo: { name: Bo }\n\n# lists\nlists: []\n",
    [ADA],
    "contacts:\n  bo: { name: Bo }\n\n  ada:\n    name: Ada\n\n# lists\nlists: []\n",
  ],
  [
    "under each key that is there",
    "lists:\n  - Own\ncustom_fields:\n  A: { type: string }\ncontacts:\n  bo: { name: Bo }\n",
    [ADA, VIP, TITLE],
    "lists:\n  - Own\n  - VIP\ncustom_fields:\n  A: { type: string }\n  Title: { type: string }\ncontacts:\n  bo: { name: Bo }\n\n  ada:\n    name: Ada\n",
  ],
  [
    "at the end, under a key that is not there yet",
    "contacts:\n  bo: { name: Bo }",
    [ADA, VIP],
    "contacts:\n  bo: { name: Bo }\n\n  ada:\n    name: Ada\n\nlists:\n  - VIP\n",
  ],
  [
    "in a document of their own, below a map in brackets",
    "contacts: { bo: { name: Bo } }",
    [ADA],
    "contacts: { bo: { name: Bo } }\n---\ncontacts:\n  ada:\n    name: Ada\n",
  ],
  [
    "in a document of their own, below a sequence in brackets",
    "contacts:\n  bo: { name: Bo }\nlists: [Own]\n",
    [ADA, VIP],
    "contacts:\n  bo: { name: Bo }\nlists: [Own]\n---\ncontacts:\n  ada:\n    name: Ada\n\nlists:\n  - VIP\n",
  ],
  [
    "in a document of their own, below the mark of an end",
    "contacts:\n  bo: { name: Bo }\n...\n",
    [VIP],
    "contacts:\n  bo: { name: Bo }\n...\n---\nlists:\n  - VIP\n",
  ],
  [
    "in a document of their own, when an alias shares the sequence",
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
    "with the line breaks that the file has",
    "contacts:\r\n  bo:\r\n    name: Bo",
    [ADA, VIP],
    "contacts:\r\n  bo:\r\n    name: Bo\r\n\r\n  ada:\r\n    name: Ada\r\n\r\nlists:\r\n  - VIP\r\n",
  ],
  ["to a file of comments only", "# nothing yet", [ADA], "# nothing yet\n---\ncontacts:\n  ada:\n    name: Ada\n"],
];

test.each(cases)("adds %s", (_, before, additions, after) => {
  expect(appendTo(before, additions)).toBe(after);
  expect(parseYaml(createSource("a.yaml", after)).diagnostics).toEqual([]);
});
