import type { CachedContacts } from "../../src/reading/contact-search.ts";
import type { ReadingCache } from "../../src/reading/read-remote-state.ts";
import { handle } from "./builders.ts";
import type { TestEnvironment } from "./test-environment.ts";

export function email(index: number): string {
  return `c${index}@x.example`;
}

/** Creates `count` contacts, numbered from 0, oldest first. Returns their IDs. */
export async function populate(environment: TestEnvironment, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    ids.push(await environment.createContact([handle(email(index))], { name: `Contact ${index}` }));
  }
  return ids;
}

/**
 * Returns the kind of a request: `alias` for a lookup by alias, `changes` for a listing of changes, or the path with
 * `id` instead of the contact's ID.
 */
export function kindOf({ path, query }: { readonly path: string; readonly query: string }): string {
  if (path.includes("alt:")) return "alias";
  return query.includes("updated_after") ? "changes" : path.replace(/crd_\w+/, "id").slice(1);
}

export function createMemoryCache(
  contacts?: number,
): ReadingCache & { cachedContacts?: CachedContacts; count?: number | undefined; estimate?: number } {
  return {
    count: contacts,
    getEstimatedCount() {
      return this.estimate;
    },
    storeEstimatedCount(_, estimate) {
      this.estimate = estimate;
    },
    getContactCount() {
      return this.count;
    },
    storeContactCount(_, count) {
      this.count = count;
    },
    async loadContacts() {
      return this.cachedContacts;
    },
    async storeContacts(_, reading) {
      this.cachedContacts = reading;
    },
  };
}
