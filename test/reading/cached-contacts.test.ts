import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { FieldValue, HandleKey, RemoteContact } from "../../src/model/contact.ts";
import { openCache } from "../../src/reading/cache.ts";
import type { CachedContacts } from "../../src/reading/contact-search.ts";
import { unicodeText } from "../support/unicode-text.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "front-contacts-cache-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const file = () => join(directory, ".front-contacts", "reading-cmp_1.json");

const text = unicodeText({ maxLength: 12 });
const fieldValue: fc.Arbitrary<FieldValue> = fc.oneof(
  ...[text, fc.boolean(), fc.integer(), fc.constant(null), fc.array(text, { maxLength: 2 })],
  fc.jsonValue().map((value) => ({ json: JSON.stringify(value) })),
);
const contact: fc.Arbitrary<RemoteContact> = fc.record({
  id: fc.stringMatching(/^crd_[0-9a-z]{1,6}$/),
  name: fc.option(text, { nil: undefined }),
  description: text,
  handles: fc.array(fc.record({ source: text, handle: text }), { maxLength: 3 }),
  links: fc.array(text, { maxLength: 2 }),
  lists: fc.array(fc.record({ id: text, name: text }), { maxLength: 2 }),
  customFields: fc
    .array(fc.tuple(fc.oneof(text, fc.constantFrom("__proto__", "constructor")), fieldValue), { maxLength: 3 })
    .map((pairs) => new Map(pairs)),
  avatarUrl: fc.option(text, { nil: undefined }),
  updatedAt: fc.option(fc.integer(), { nil: undefined }),
});
const cachedContacts: fc.Arbitrary<CachedContacts> = fc.record({
  readAt: fc.integer({ min: 0 }),
  handles: fc.array(text).map((keys) => new Set(keys as HandleKey[])),
  contacts: fc.array(contact, { maxLength: 3 }),
});

async function saveAndRead(value: CachedContacts): Promise<CachedContacts | undefined> {
  await (await openCache(directory)).storeContacts("cmp_1", value);
  return await (await openCache(directory)).loadContacts("cmp_1");
}

test("any contacts are loaded as they were stored", async () => {
  await fc.assert(fc.asyncProperty(cachedContacts, async (value) => expect(await saveAndRead(value)).toEqual(value)));
});

test("the cache has one file per company, readable only by its owner", async () => {
  await saveAndRead({ readAt: 1, handles: new Set(), contacts: [] });
  expect((await stat(file())).mode & 0o777).toBe(0o600);
  expect(await readdir(join(directory, ".front-contacts"))).toEqual([".gitignore", "reading-cmp_1.json"]);
  expect(await (await openCache(directory)).loadContacts("cmp_2")).toBeUndefined();
});

const EMPTY_CONTACT = { id: "crd_1", description: "", handles: [], links: [], lists: [], customFields: [] };

async function loadFrom(text: string): Promise<CachedContacts | undefined> {
  await saveAndRead({ readAt: 1, handles: new Set(), contacts: [] });
  await writeFile(file(), text);
  return await (await openCache(directory)).loadContacts("cmp_1");
}

test.each([
  ["another version", { version: 2, readAt: 1, handles: [], contacts: [] }],
  ["a missing time", { version: 1, handles: [], contacts: [] }],
  ["invalid handles", { version: 1, readAt: 1, handles: [1], contacts: [] }],
  ["invalid contacts", { version: 1, readAt: 1, handles: [], contacts: [null] }],
  ["an ID with a path", { version: 1, readAt: 1, handles: [], contacts: [{ ...EMPTY_CONTACT, id: "crd_1/../me" }] }],
  [
    "a field that is not a pair",
    { version: 1, readAt: 1, handles: [], contacts: [{ ...EMPTY_CONTACT, customFields: [["x"]] }] },
  ],
  ["an array instead of an object", []],
])("a cache file with %s is ignored", async (_, content) => {
  expect(await loadFrom(JSON.stringify(content))).toBeUndefined();
});

test("a truncated cache file is ignored", async () => {
  const text = JSON.stringify({ version: 1, readAt: 1, handles: [], contacts: [EMPTY_CONTACT] });
  expect(await loadFrom(text)).toBeDefined();
  expect(await loadFrom(text.slice(0, -3))).toBeUndefined();
});

test("unknown properties of a cached contact are ignored", async () => {
  const contacts = [{ ...EMPTY_CONTACT, unknownProperty: true }];
  const loaded = await loadFrom(JSON.stringify({ version: 1, readAt: 1, handles: [], contacts }));
  expect(loaded?.contacts).toHaveLength(1);
  expect(loaded?.contacts[0]).not.toHaveProperty("unknownProperty");
});
