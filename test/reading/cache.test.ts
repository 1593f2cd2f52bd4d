import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { openCache } from "../../src/reading/cache.ts";

const SHA = "0123456789abcdef".repeat(4);
const PICTURE_URL = "https://x.api.frontapp.com/contacts/crd_1/avatar-1";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "front-contacts-cache-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const cacheFile = () => join(directory, ".front-contacts", "cache.json");

async function write(text: string): Promise<void> {
  await mkdir(dirname(cacheFile()), { recursive: true });
  await writeFile(cacheFile(), text);
}

async function saveHash(url: string, sha256 = SHA): Promise<void> {
  const cache = await openCache(directory);
  cache.storeHash(url, sha256);
  await cache.save();
}

test("the next run reads saved values", async () => {
  await saveHash(PICTURE_URL);
  await saveHash("https://x/2");
  const cache = await openCache(directory);
  expect([cache.getHash(PICTURE_URL), cache.getHash("https://x/2"), cache.getHash("https://x/3")]).toEqual([
    SHA,
    SHA,
    undefined,
  ]);
});

test("the latest value replaces earlier values", async () => {
  await saveHash(PICTURE_URL);
  await saveHash(PICTURE_URL, "f".repeat(64));
  expect((await openCache(directory)).getHash(PICTURE_URL)).toBe("f".repeat(64));
});

test("the cache writes nothing without new values", async () => {
  await (await openCache(directory)).save();
  expect(await readdir(directory)).toEqual([]);
});

test("the cache does not rewrite a file whose values are unchanged", async () => {
  await saveHash(PICTURE_URL);
  await writeFile(cacheFile(), `${await readFile(cacheFile(), "utf8")} `);
  const before = await readFile(cacheFile(), "utf8");
  await saveHash(PICTURE_URL);
  expect(await readFile(cacheFile(), "utf8")).toBe(before);
});

test.each([
  ["is empty", ""],
  ["is truncated", '{"version":1,"pictures":{"'],
  ["is not JSON", "<<<<<<< HEAD"],
  ["is null", "null"],
  ["is an array", "[]"],
  ["has no version", `{"pictures":{"${PICTURE_URL}":"${SHA}"}}`],
  ["has a later version", `{"version":2,"pictures":{"${PICTURE_URL}":"${SHA}"}}`],
  ["has no pictures", '{"version":1}'],
  ["has an array of pictures", `{"version":1,"pictures":["${SHA}"]}`],
  ["has an invalid hash", `{"version":1,"pictures":{"${PICTURE_URL}":"abc"}}`],
  ["has a number as a hash", `{"version":1,"pictures":{"${PICTURE_URL}":5}}`],
  ["has an array as a hash", `{"version":1,"pictures":{"${PICTURE_URL}":["${SHA}"]}}`],
  ["has null as a hash", `{"version":1,"pictures":{"${PICTURE_URL}":null}}`],
])("a cache that %s is ignored and replaced", async (_, text) => {
  await write(text);
  expect((await openCache(directory)).getHash(PICTURE_URL)).toBeUndefined();
  await saveHash(PICTURE_URL);
  expect((await openCache(directory)).getHash(PICTURE_URL)).toBe(SHA);
});

test("the cache ignores only the invalid value", async () => {
  await write(`{"version":1,"pictures":{"https://x/bad":7,"${PICTURE_URL}":"${SHA}"}}`);
  expect((await openCache(directory)).getHash(PICTURE_URL)).toBe(SHA);
});

test("the cache treats names of inherited JavaScript properties like other names", async () => {
  await saveHash("__proto__");
  const cache = await openCache(directory);
  expect([cache.getHash("__proto__"), cache.getHash("constructor")]).toEqual([SHA, undefined]);
});

test("the cache ignores a failed write, and leaves no temporary file", async () => {
  await mkdir(cacheFile(), { recursive: true });
  await saveHash(PICTURE_URL);
  expect((await readdir(dirname(cacheFile()))).sort()).toEqual([".gitignore", "cache.json"]);
});

test("the cache ignores a directory that cannot be created, and returns the reason as `failure`", async () => {
  await writeFile(join(directory, ".front-contacts"), "a file");
  const cache = await openCache(directory);
  expect(cache.failure).toBeUndefined();
  cache.storeHash(PICTURE_URL, SHA);
  await cache.save();
  expect(cache.failure).toBe("EEXIST");
  expect(await readFile(join(directory, ".front-contacts"), "utf8")).toBe("a file");
});

test("the cache does not follow a symbolic link at the path of its directory", async () => {
  const elsewhere = join(directory, "elsewhere");
  await mkdir(elsewhere);
  await symlink(elsewhere, join(directory, ".front-contacts"));
  await saveHash(PICTURE_URL);
  expect(await readdir(elsewhere)).toEqual([]);
});

test.each(["/dev/zero", "/proc/self/environ"])("the cache does not read a symbolic link to %s", async (target) => {
  await mkdir(dirname(cacheFile()), { recursive: true });
  await symlink(target, cacheFile());
  expect((await openCache(directory)).getHash(PICTURE_URL)).toBeUndefined();
});

test("concurrent saves leave a valid cache and no temporary file", async () => {
  await Promise.all(Array.from({ length: 20 }, (_, index) => saveHash(`https://x/${index}`)));
  expect((await readdir(dirname(cacheFile()))).sort()).toEqual([".gitignore", "cache.json"]);
  const { version, pictures } = JSON.parse(await readFile(cacheFile(), "utf8"));
  expect([version, Object.values(pictures)]).toEqual([1, expect.arrayContaining([SHA])]);
});

test("the cache saves the number of contacts for each company", async () => {
  const cache = await openCache(directory);
  cache.storeContactCount("cmp_1", 5000);
  cache.storeContactCount("cmp_2", 0);
  await cache.save();
  const reopened = await openCache(directory);
  expect(["cmp_1", "cmp_2", "cmp_3"].map((company) => reopened.getContactCount(company))).toEqual([5000, 0, undefined]);
});

test("the cache saves an estimate of the number of contacts until the number is known", async () => {
  const cache = await openCache(directory);
  cache.storeEstimatedCount("cmp_1", 201);
  await cache.save();
  const reopened = await openCache(directory);
  expect(reopened.getEstimatedCount("cmp_1")).toBe(201);
  reopened.storeContactCount("cmp_1", 150);
  reopened.storeEstimatedCount("cmp_1", 101);
  await reopened.save();
  const lastCache = await openCache(directory);
  expect([lastCache.getEstimatedCount("cmp_1"), lastCache.getContactCount("cmp_1")]).toEqual([undefined, 150]);
});

test("the cache ignores an invalid number of contacts", async () => {
  await write(JSON.stringify({ version: 1, pictures: {}, counts: { cmp_1: -1, cmp_2: "5", cmp_3: 1.5, cmp_4: 7 } }));
  const cache = await openCache(directory);
  expect(["cmp_1", "cmp_2", "cmp_3", "cmp_4"].map((id) => cache.getContactCount(id))).toEqual([
    ...[undefined, undefined, undefined, 7],
  ]);
});

test("git ignores the cache", async () => {
  await saveHash(PICTURE_URL);
  expect(await readFile(join(dirname(cacheFile()), ".gitignore"), "utf8")).toBe("*\n");
});

test("the cache saves synced hashes for each company, and does not rewrite unchanged hashes", async () => {
  const hash = "0123456789abcdef";
  const cache = await openCache(directory);
  cache.storeSyncedHashes("cmp_1", [["crd_1", [["name", hash]]]]);
  await cache.save();
  const path = join(dirname(cacheFile()), "in-sync-cmp_1.json");
  const content = await readFile(path, "utf8");
  const reopened = await openCache(directory);
  expect(reopened.getSyncedHashes("cmp_1").get("crd_1")?.get("name")).toBe(hash);
  expect(reopened.getSyncedHashes("cmp_2").get("crd_1")).toBeUndefined();
  await writeFile(path, `${content} `);
  reopened.storeSyncedHashes("cmp_1", [["crd_1", [["name", hash]]]]);
  await reopened.save();
  expect(await readFile(path, "utf8")).toBe(`${content} `);
});

test("the cache saves and reads the hashes of 10,000 synced contacts", async () => {
  const hashOf = (index: number) => String(index).padStart(16, "0");
  const contacts = Array.from({ length: 10_000 }, (_, index) => [`crd_${index}`, [["name", hashOf(index)]]] as const);
  const cache = await openCache(directory);
  cache.storeSyncedHashes("cmp_1", contacts);
  await cache.save();
  const reopened = (await openCache(directory)).getSyncedHashes("cmp_1");
  expect(contacts.filter((_, index) => reopened.get(`crd_${index}`)?.get("name") !== hashOf(index))).toEqual([]);
  expect([
    reopened.hasHash("crd_1", "name"),
    reopened.hasHash("crd_1", "nam"),
    reopened.hasHash("crd_x", "name"),
  ]).toEqual([true, false, false]);
});

test("in a full cache, storeSyncedHashes replaces the oldest contact, and addSyncedHashes ignores new contacts", async () => {
  const cache = await openCache(directory);
  const createHashes = (hash: string) => [["name", hash.padEnd(16, "0")]] as const;
  const manyContacts = Array.from({ length: 50_000 }, (_, index) => [`crd_${index}`, createHashes("a")] as const);
  cache.addSyncedHashes("cmp_1", manyContacts);
  cache.addSyncedHashes("cmp_1", [
    ["crd_new", createHashes("b")],
    ["crd_0", createHashes("c")],
  ]);
  const inSync = () =>
    ["crd_0", "crd_1", "crd_2", "crd_new"].map((id) => cache.getSyncedHashes("cmp_1").get(id)?.get("name")?.[0]);
  expect(inSync()).toEqual(["c", "a", "a", undefined]);
  cache.storeSyncedHashes("cmp_1", [["crd_new", createHashes("b")]]);
  expect(inSync()).toEqual(["c", undefined, "a", "b"]);
});

test.each([
  "",
  "[]",
  '{"version":3}\ncrd_1 [["name","0123456789abcdef"]]',
  '{"version":2}\ncrd_1 [["name",7]]',
  '{"version":2}\ncrd_1 [["name"]]',
  '{"version":2}\ncrd_1 ["name","0123456789abcdef"',
  '{"version":2}\ncrd_1 [["name","0123456789abcdef"]',
  '{"version":2}\ncrd_1 []]',
])("the cache ignores a file of synced hashes with the content %j", async (text) => {
  await mkdir(dirname(cacheFile()), { recursive: true });
  await writeFile(join(dirname(cacheFile()), "in-sync-cmp_1.json"), text);
  expect((await openCache(directory)).getSyncedHashes("cmp_1").get("crd_1")?.size ?? 0).toBe(0);
});
