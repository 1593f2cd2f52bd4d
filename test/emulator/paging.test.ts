import { expect, test } from "@jest/globals";
import { type CallResult, type TestFront, withFront } from "./support.ts";

/** Five contacts, created in order of their numbers and updated in reverse order. */
const FIVE_CONTACTS = {
  contacts: [1, 2, 3, 4, 5].map((count) => ({
    id: `crd_${count}`,
    handles: [`email:${count}@x.example`],
    created_at: 1000 + count,
    updated_at: 2000 - count,
  })),
};

const ids = ({ body }: CallResult): string => body._results.map(({ id }: { id: string }) => id.slice(4)).join("");

/** Returns the IDs on each page. Requests each next page by its token instead of its URL. */
async function pages(front: TestFront, query: string): Promise<string[]> {
  const pageIds: string[] = [];
  let token: string | null = "";
  while (token !== null) {
    const response: CallResult = await front.call("GET", `/contacts?${query}${token && `&page_token=${token}`}`);
    pageIds.push(ids(response));
    const next: string | null = response.body._pagination.next;
    token = next === null ? null : new URL(next).searchParams.get("page_token");
  }
  return pageIds;
}

test.each([
  ["limit=2&sort_by=created_at&sort_order=asc", ["12", "34", "5"]],
  ["limit=5&sort_by=created_at&sort_order=asc", ["12345"]],
  ["limit=3&sort_by=created_at&sort_order=desc", ["543", "21"]],
  ["limit=3&sort_by=updated_at&sort_order=asc", ["543", "21"]],
  ["limit=3", ["543", "21"]],
  ["q[updated_after]=1997&sort_order=asc", ["12"]],
  ["q%5Bupdated_after%5D=1996.5&q%5Bupdated_before%5D=1999&sort_order=asc", ["23"]],
  ["limit=1&q[updated_before]=1997&sort_order=asc", ["4", "5"]],
])("the query %s returns the pages %j", (query, expected) =>
  withFront({ seed: FIVE_CONTACTS }, async (front) => {
    expect(await pages(front, query)).toEqual(expected);
  }),
);

test("a page contains the URL of the next page, on another host and with the same query", () =>
  withFront({ seed: FIVE_CONTACTS }, async (front) => {
    const body = await front.get("/contacts?limit=2&sort_order=asc");
    const next = new URL(body._pagination.next);
    expect(next.origin).toBe("https://twin-peaks-sheriffs-department.api.front.example");
    expect(next.pathname).toBe("/contacts");
    expect(next.searchParams.get("limit")).toBe("2");
    expect(next.searchParams.get("sort_order")).toBe("asc");
    expect(body._links).toEqual({ self: `${next.origin}/contacts` });
  }));

test("the emulator returns the next page for a request with only a page token", () =>
  withFront({ seed: FIVE_CONTACTS }, async (front) => {
    const body = await front.get("/contacts?limit=2&sort_by=updated_at&sort_order=asc&q[updated_after]=1996");
    const token = new URL(body._pagination.next).searchParams.get("page_token");
    expect(ids(await front.call("GET", `/contacts?page_token=${token}`))).toBe("1");
  }));

test("the emulator returns 50 contacts by default and up to 100", () => {
  const contacts = Array.from({ length: 101 }, (_, index) => ({ handles: [`custom:${index}`] }));
  return withFront({ seed: { contacts } }, async (front) => {
    expect((await front.get("/contacts"))._results).toHaveLength(50);
    expect((await front.get("/contacts?limit=100"))._results).toHaveLength(100);
    expect((await front.get("/contacts?limit=101"))._error.details).toEqual(["query.limit: must be at most 100"]);
  });
});

test.each(["limit=0", "limit=x", "sort_by=name", "sort_order=up", "q[updated_after]=soon", "q={}", "page_token=x"])(
  "the emulator rejects the query %s",
  (query) =>
    withFront({}, async (front) => {
      expect((await front.call("GET", `/contacts?${query}`)).status).toBe(400);
    }),
);

test.each([
  ["limit=4", { shortPages: true }, ["12", "34", "5"]],
  ["limit=3", { emptyPages: true }, ["123", "", "45", ""]],
])("the query %s with %j returns the pages %j", (query, behavior, expected) =>
  withFront({ seed: FIVE_CONTACTS, behavior }, async (front) => {
    expect(await pages(front, `${query}&sort_order=asc`)).toEqual(expected);
  }),
);

test.each([
  ["cursor", "45"],
  ["offset", "5"],
] as const)("with %s paging, the next page after a deletion contains %s", (paging, expected) =>
  withFront({ seed: FIVE_CONTACTS, behavior: { paging } }, async (front) => {
    const body = await front.get("/contacts?limit=3&sort_order=asc");
    await front.emulator.asTeammate("DELETE", "/contacts/crd_1");
    const token = new URL(body._pagination.next).searchParams.get("page_token");
    expect(ids(await front.call("GET", `/contacts?page_token=${token}`))).toBe(expected);
  }),
);
