import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { canonicalText } from "../src/canonical.ts";
import { findComments } from "../src/canonical-comments.ts";
import { isPlain } from "../src/canonical-scalar.ts";
import { loadDesired } from "../src/desired.ts";
import { createSource } from "../src/source.ts";
import { parseYaml } from "../src/yaml.ts";
import { memoryDisk } from "./support/memory-disk.ts";
import { untidyFile, whim } from "./support/untidy.ts";

/** Without places, which are what formatting is about. */
async function meaningOf(text: string) {
  const disk = memoryDisk({ "contacts/a.yaml": text });
  const { desired, diagnostics } = await loadDesired("contacts", { disk });
  const meaning = JSON.stringify(desired, (key, value: unknown) =>
    key.toLowerCase().endsWith("place") ? undefined : value,
  );
  return { meaning, problems: diagnostics.map(({ code }) => code) };
}

function commentsOf(text: string): string[] {
  return findComments(text.replaceAll("\r\n", "\n"))
    .map((comment) => comment.text)
    .toSorted();
}

test("means the same, keeps every comment, and is its own canonical form, however untidy the file was", async () => {
  await fc.assert(
    fc.asyncProperty(whim.map(untidyFile), async (text) => {
      const before = await meaningOf(text);
      fc.pre(before.meaning !== undefined);
      const canonical = canonicalText(text) ?? "";
      expect(canonicalText(canonical)).toBe(canonical);
      expect(await meaningOf(canonical)).toEqual(before);
      expect(commentsOf(canonical)).toEqual(commentsOf(text));
    }),
    { numRuns: Number(process.env["RUNS"] ?? 300) },
  );
});
