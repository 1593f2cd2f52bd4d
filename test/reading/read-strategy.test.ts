import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { PAGE_SIZE } from "../../src/front/constants.ts";
import { pagesOf, ReadStrategy } from "../../src/reading/read-strategy.ts";

/** A company and files, as far as the cost of reading is concerned. */
interface Case {
  /** Pages that Front really has. */
  readonly pages: number;
  /** Look-ups that are really needed; at the least `lookUps` seem to be. */
  readonly needed: number;
  readonly lookUps: number;
}

/** Reads until all is known, where no page has anything that the files want: the worst case for whoever scans. */
function costOf({ pages, needed, lookUps }: Case, contacts?: number, way: "auto" | "scan" | "lookup" = "auto"): number {
  const thrift = new ReadStrategy(way, { contacts, lookUps });
  let [scanned, looked] = [0, 0];
  while (scanned < pages && looked < needed) {
    if (thrift.prefersPage(Math.max(1, lookUps - looked))) {
      thrift.pageRead();
      scanned += 1;
    } else {
      thrift.lookedUp();
      looked += 1;
    }
  }
  return scanned + looked;
}

const cases = fc
  .record({ pages: fc.integer({ min: 1, max: 300 }), lookUps: fc.integer({ min: 1, max: 300 }), more: fc.nat(600) })
  .map(({ pages, lookUps, more }): Case => ({ pages, lookUps, needed: lookUps + more }));

test("costs at most twice the better way, although nobody knows how many pages there are", () => {
  fc.assert(
    fc.property(cases, (each) => {
      expect(costOf(each)).toBeLessThanOrEqual(2 * Math.min(each.pages, each.needed));
    }),
  );
});

test("costs at most twice the better way when Front has just as many contacts as are remembered", () => {
  fc.assert(
    fc.property(cases, (each) => {
      expect(costOf(each, each.pages * PAGE_SIZE)).toBeLessThanOrEqual(2 * Math.min(each.pages, each.needed));
    }),
  );
});

test("costs just the better way when the number of contacts is remembered and the look-ups are as many as they seem", () => {
  fc.assert(
    fc.property(cases, ({ pages, lookUps }) => {
      expect(costOf({ pages, lookUps, needed: lookUps }, pages * PAGE_SIZE)).toBe(Math.min(pages, lookUps));
    }),
  );
});

test("a memory that is wrong costs what was spent on it before that was noticed, and no more", () => {
  fc.assert(
    fc.property(cases, fc.nat(60_000), (each, remembered) => {
      const worst = 2 * Math.min(each.pages, each.needed) + 2 * pagesOf(remembered);
      expect(costOf(each, remembered)).toBeLessThanOrEqual(worst);
    }),
  );
});

test.each([
  ["scan", 300, 5, 300],
  ["lookup", 5, 300, 300],
] as const)("%s does as it is told, whatever it costs", (way, pages, needed, cost) => {
  expect(costOf({ pages, needed, lookUps: needed }, 1, way)).toBe(cost);
});

test.each([
  [0, 1],
  [1, 1],
  [100, 1],
  [101, 2],
])("%i contacts take %i pages", (contacts, pages) => {
  expect(pagesOf(contacts)).toBe(pages);
});
