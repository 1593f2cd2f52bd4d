import { expect, test } from "@jest/globals";
import { MAX_EMPTY_PAGES, MAX_PAGES } from "../../src/front/constants.ts";
import { EndlessListingDetector } from "../../src/front/pagination.ts";

interface Listing {
  readonly items: (page: number) => readonly string[];
  readonly token?: (page: number) => string;
  /** Number of the page at which the listing is rejected. */
  readonly rejectedPage: number;
  readonly message: string;
}

const ENDLESS_LISTINGS: Record<string, Listing> = {
  "of new contacts that never ends": {
    items: (page) => [`crd_${page}`],
    rejectedPage: MAX_PAGES,
    message: "Front's listing does not end after 50,000 pages",
  },
  "of empty pages": {
    items: () => [],
    rejectedPage: MAX_EMPTY_PAGES,
    message: `${MAX_EMPTY_PAGES} empty pages in a row`,
  },
  "of two alternating pages": {
    items: (page) => [`crd_${page % 2}`],
    rejectedPage: 3,
    message: "the same page twice",
  },
  "of contacts that were on the previous page": {
    items: (page) => (page === 1 ? ["crd_1", "crd_2", "crd_3"] : ["crd_2"]),
    rejectedPage: 2,
    message: "the same page twice",
  },
  "with a repeated token": {
    items: (page) => [`crd_${page}`],
    token: (page) => `t${page % 5}`,
    rejectedPage: 6,
    message: "the same page token twice",
  },
};

test.each(Object.entries(ENDLESS_LISTINGS))(
  "a listing %s is rejected",
  (_, { items, token, rejectedPage, message }) => {
    const detector = new EndlessListingDetector();
    const check = (page: number) =>
      detector.check({ items: items(page), next: token?.(page) ?? `t${page}` }, items(page));
    for (let page = 1; page < rejectedPage; page += 1) check(page);
    expect(() => check(rejectedPage)).toThrow(message);
  },
);

test("a long listing with many empty pages is accepted", () => {
  const detector = new EndlessListingDetector();
  for (let page = 1; page < 2_000; page += 1) {
    const items = page % MAX_EMPTY_PAGES === 0 ? [`crd_${page}`] : [];
    detector.check({ items, next: `t${page}` }, items);
  }
  expect(() => detector.check({ items: [], next: undefined }, [])).not.toThrow();
});
