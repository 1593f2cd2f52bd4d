import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { PAGE_SIZE } from "../../src/front/constants.ts";
import { pagesOf, ReadStrategy } from "../../src/reading/read-strategy.ts";
import { forAll } from "../support/for-all.ts";

/** The properties of a company and a configuration that determine the number of requests for reading. */
interface Case {
  /** The actual number of pages. */
  readonly pages: number;
  readonly actualLookups: number;
  /** The estimated minimum number of lookups. */
  readonly estimatedLookups: number;
}

/**
 * Returns the number of requests in the worst case: no declared contact is found before all pages are read or all
 * lookups are performed.
 */
function requestsFor(
  { pages, actualLookups, estimatedLookups }: Case,
  contacts?: number,
  method: "auto" | "scan" | "lookup" = "auto",
): number {
  const strategy = new ReadStrategy(method, { contacts, lookups: estimatedLookups });
  let [pagesRead, lookedUp] = [0, 0];
  while (pagesRead < pages && lookedUp < actualLookups) {
    if (strategy.prefersPage(Math.max(1, estimatedLookups - lookedUp))) {
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
    estimatedLookups: fc.integer({ min: 1, max: 300 }),
    extraLookups: fc.nat(600),
  })
  .map(({ extraLookups, ...rest }): Case => ({ ...rest, actualLookups: rest.estimatedLookups + extraLookups }));

test("the strategy takes at most twice the minimum number of requests if the number of pages is unknown", () => {
  forAll([cases], {}, (company) => {
    expect(requestsFor(company)).toBeLessThanOrEqual(2 * Math.min(company.pages, company.actualLookups));
  });
});

test("the strategy takes at most twice the minimum number of requests if the cached number of contacts is correct", () => {
  forAll([cases], {}, (company) => {
    expect(requestsFor(company, company.pages * PAGE_SIZE)).toBeLessThanOrEqual(
      2 * Math.min(company.pages, company.actualLookups),
    );
  });
});

test("the strategy takes the minimum number of requests if the cached number of contacts and the estimated number of lookups are correct", () => {
  forAll([cases], {}, ({ pages, estimatedLookups: lookups }) => {
    const company = { pages, estimatedLookups: lookups, actualLookups: lookups };
    expect(requestsFor(company, pages * PAGE_SIZE)).toBe(Math.min(pages, lookups));
  });
});

test("an incorrect cached number of contacts adds at most two requests for each page that it predicts", () => {
  forAll([cases, fc.nat(60_000)], {}, (company, cached) => {
    const worst = 2 * Math.min(company.pages, company.actualLookups) + 2 * pagesOf(cached);
    expect(requestsFor(company, cached)).toBeLessThanOrEqual(worst);
  });
});

test.each([
  ["scan", 300, 5, 300],
  ["lookup", 5, 300, 300],
] as const)(
  "%s uses no other method, even if another method takes fewer requests",
  (method, pages, lookups, requests) => {
    expect(requestsFor({ pages, actualLookups: lookups, estimatedLookups: lookups }, 1, method)).toBe(requests);
  },
);

test.each([
  [0, 1],
  [1, 1],
  [100, 1],
  [101, 2],
])("%i contacts are on %i pages", (contacts, pages) => {
  expect(pagesOf(contacts)).toBe(pages);
});
