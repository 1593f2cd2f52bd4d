import { expect, test } from "@jest/globals";
import { SplitDirectories } from "../../src/importing/split-directories.ts";

/** Returns the paths of this many files in a directory. */
function filesIn(directory: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${directory}/${index}.yaml`);
}

test.each([
  ["the directory itself", [], "contacts"],
  ["the directory while it has room", filesIn("contacts", 999), "contacts"],
  ["a second directory when it is full", filesIn("contacts", 1000), "contacts/part-2"],
  [
    "the second directory, continued",
    [...filesIn("contacts", 1000), ...filesIn("contacts/part-2", 5)],
    "contacts/part-2",
  ],
  ["a third directory", [...filesIn("contacts", 1001), ...filesIn("contacts/part-2", 1000)], "contacts/part-3"],
  ["the directory, regardless of the content of directories below", filesIn("contacts/crm", 2000), "contacts"],
])("chooses %s", (_, paths, expected) => {
  expect(new SplitDirectories(paths).next("contacts")).toBe(expected);
});

test("counts added files for each directory separately", () => {
  const directories = new SplitDirectories([]);
  const chosen = Array.from({ length: 2001 }, () => {
    const directory = directories.next("crm");
    directories.count(directory);
    return directory;
  });
  expect([chosen[999], chosen[1000], chosen[1999], chosen[2000]]).toEqual([
    "crm",
    "crm/part-2",
    "crm/part-2",
    "crm/part-3",
  ]);
  expect(directories.next("other")).toBe("other");
});
