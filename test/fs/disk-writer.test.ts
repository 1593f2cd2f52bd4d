import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { createDiskWriter } from "../../src/fs/disk-writer.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

test("a file that already exists is not replaced, and the advice is to rename or delete it", () => {
  using directory = new TemporaryDirectory();
  directory.write("a.yaml", "theirs");
  const create = () => createDiskWriter(directory.path).create("a.yaml", "ours");
  const advice = expect.stringMatching(/^Rename or delete it, then run the command again\./);
  expect(create).toThrow(expect.objectContaining({ summary: '"a.yaml" already exists', advice }));
  expect(readFileSync(directory.pathOf("a.yaml"), "utf8")).toBe("theirs");
});

test("a file that changed is not replaced, and the advice is to run the command again", () => {
  using directory = new TemporaryDirectory();
  directory.write("a.yaml", "theirs");
  const replace = () => createDiskWriter(directory.path).replace("a.yaml", "before", "after");
  const advice = expect.stringMatching(/^Run the command again\./);
  expect(replace).toThrow(expect.objectContaining({ code: "file-changed", advice }));
  expect(readFileSync(directory.pathOf("a.yaml"), "utf8")).toBe("theirs");
});
