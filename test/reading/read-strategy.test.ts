import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { PAGE_SIZE } from "../../src/front/constants.ts";
import { pagesOf, ReadStrategy } from "../../src/reading/read-strategy.ts";

/** The properties of a company and a configuration that determine the cost of reading. */
interface Case {
  /** The actual number of pages. */
  readonly pages: number;
  /** The actual number of lookups. */
  readonly needed: number;
  /** The estimated minimum number of lookups. */
  readonly lookups: number;
}

/** Returns the number of requests until every declared contact is found. In this worst case, no page contains one. */
function costOf(
  { pages, needed, lookups }: Case,
  contacts?: number,
  method: "auto" | "scan" | "lookup" = "auto",
): number {
  const strategy = new ReadStrategy(method, { contacts, lookups });
  let [pagesRead, lookedUp] = [0, 0];
  while (pagesRead < pages && lookedUp < needed) {
    if (strategy.prefersPage(Math.max(1, lookups - lookedUp))) {
      strategy.countPage();
      pagesRead += 1;
    } else {
      strategy.countLookup();
      lookedUp += 1;
    }
  }
  return pagesRead + lookedUp;
}

const cases = fc
  .record({
    pages: fc.integer({ min: 1, max: 300 }),
    lookups: fc.integer({ min: 1, max: 300 }),
    extraLookups: fc.nat(600),
  })
  .map(({ pages, lookups, extraLookups }): Case => ({ pages, lookups, needed: lookups + extraLookups }));

test("costs at most twice the minimum with an unknown number of pages", () => {
  fc.assert(
    fc.property(cases, (company) => {
      expect(costOf(company)).toBeLessThanOrEqual(2 * Math.min(company.pages, company.needed));
    }),
  );
});

test("costs at most twice the minimum if the remembered number of contacts is correct", () => {
  fc.assert(
    fc.property(cases, (company) => {
      expect(costOf(company, company.pages * PAGE_SIZE)).toBeLessThanOrEqual(
        2 * Math.min(company.pages, company.needed),
      );
    }),
  );
});

test("costs the minimum if the remembered number and the estimate of lookups are correct", () => {
  fc.assert(
    fc.property(cases, ({ pages, lookups }) => {
      expect(costOf({ pages, lookups, needed: lookups }, pages * PAGE_SIZE)).toBe(Math.min(pages, lookups));
    }),
  );
});

test("an incorrect remembered number costs only the requests until the error is detected", () => {
  fc.assert(
    fc.property(cases, fc.nat(60_000), (company, remembered) => {
      const worst = 2 * Math.min(company.pages, company.needed) + 2 * pagesOf(remembered);
      expect(costOf(company, remembered)).toBeLessThanOrEqual(worst);
    }),
  );
});

test.each([
  ["scan", 300, 5, 300],
  ["lookup", 5, 300, 300],
] as const)("%s uses no other method, even if another method takes fewer requests", (method, pages, needed, cost) => {
  expect(costOf({ pages, needed, lookups: needed }, 1, method)).toBe(cost);
});

test.each([
  [0, 1],
  [1, 1],
  [100, 1],
  [101, 2],
])("%i contacts are on %i pages", (contacts, pages) => {
  expect(pagesOf(contacts)).toBe(pages);
});
