import { expect, test } from "@jest/globals";
import { SplitDirectories } from "../../src/importing/split-directories.ts";

function filesIn(directory: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${directory}/${index}.yaml`);
}

test.each([
  ["the directory if it is empty", [], "contacts"],
  ["the directory while it has room", filesIn("contacts", 999), "contacts"],
  ["a second directory when the first is full", filesIn("contacts", 1000), "contacts/part-2"],
  [
    "the second directory while it has room",
    [...filesIn("contacts", 1000), ...filesIn("contacts/part-2", 5)],
    "contacts/part-2",
  ],
  [
    "a third directory when both are full",
    [...filesIn("contacts", 1001), ...filesIn("contacts/part-2", 1000)],
    "contacts/part-3",
  ],
  ["the directory, regardless of the number of files in its subdirectories", filesIn("contacts/crm", 2000), "contacts"],
])("the next file goes into %s", (_, paths, expected) => {
  expect(new SplitDirectories("contacts", paths).directoryForNextFile()).toBe(expected);
});

test("added files are counted for each directory separately", () => {
  const directories = new SplitDirectories("crm", []);
  const chosen = Array.from({ length: 2001 }, () => {
    const directory = directories.directoryForNextFile();
    directories.addFile(directory);
    return directory;
  });
  expect([chosen[999], chosen[1000], chosen[1999], chosen[2000]]).toEqual([
    "crm",
    "crm/part-2",
    "crm/part-2",
    "crm/part-3",
  ]);
});
