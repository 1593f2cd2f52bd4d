import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import type { Entry, EntryUpdate, ImportWarning } from "../../src/importing/entry.ts";
import { updateFile } from "../../src/importing/update-file.ts";
import { type DesiredContact, type DesiredState, type Handle, handleKey } from "../../src/model/contact.ts";
import { findComments } from "../../src/yaml/comments.ts";
import { endOfPair, nameOf, type Pair, pairOf, rootMaps } from "../../src/yaml/nodes.ts";
import { isMap, type YAMLMap } from "../../src/yaml/yaml-package.ts";
import { runs } from "../scale.ts";
import { forAllAsync } from "../support/for-all.ts";
import { memoryDisk } from "../support/memory-disk.ts";
import { type Choices, choices, unformattedFile } from "../support/unformatted-yaml.ts";

const FILE = "contacts/a.yaml";
const TEXTS = ["Ada", "yes", "a: b", "a #b", "# no comment", "two\nlines", "a\n\n  b\n", "", "trailing ", "{x}", "- a"];

async function load(text: string): Promise<DesiredState | undefined> {
  return (await loadDesired("contacts", { disk: memoryDisk({ [FILE]: text }) })).desired;
}

function randomSubset<T>(random: Choices, values: readonly T[]): T[] {
  return values.filter(() => !random.maybe(3));
}

/** Returns an update with random values: some of the values in the file, and new values. */
function randomUpdate(random: Choices, desired: DesiredContact, index: number): EntryUpdate {
  const name = random.pick(desired.name, "Ada", "yes", "a, [b]", "a: b", undefined);
  const handles = randomSubset<Handle>(random, desired.handles).map(({ source, handle }) => ({ source, handle }));
  if (handles.length === 0 || random.maybe(2))
    handles.push({ source: "phone", handle: `+44207946${String(1000 + index)}` });
  const links = [
    ...randomSubset(random, desired.links ?? []),
    ...randomSubset(random, ["https://n.example", "https://o.example/#a,b"]),
  ];
  const lists = random.pick([], ["Agents"], ["Agents", "a, b"], ["- c"]);
  const fields = desired.customFields ?? [];
  const customFields = randomSubset(random, fields).map((field) => ({
    name: field.name,
    type: undefined,
    value: random.pick(field.value ?? "new", random.pick("new", ...TEXTS.filter((text) => text !== "")), 1.5, true),
  }));
  const description = random.pick(desired.description ?? "", ...TEXTS);
  const entry: Entry = {
    handles,
    links: [...new Set(links)],
    customFields,
    lists: lists.map((list) => ({ name: list })),
    ...(name === undefined ? {} : { name }),
    ...(description === "" ? {} : { description }),
  };
  return { entry, complete: !random.maybe(3), isAvatarUnchanged: true };
}

type Properties = Record<string, unknown>;

function propertiesOf({ name, description, handles, links, lists, customFields, ...rest }: DesiredContact): Properties {
  const fields = (customFields ?? []).map(({ name: field, value }) => [`custom field ${field}`, value] as const);
  return {
    ...Object.fromEntries(fields),
    name,
    description,
    links,
    ensure: rest.ensure,
    exact: rest.exact,
    lists: lists?.map(listName),
    handles: handles.map(({ source, handle }) => `${source}:${handle}`),
    fieldNames: customFields?.map((field) => field.name),
  };
}

function listName(list: { readonly name: string } | { readonly id: string }): string {
  return "id" in list ? list.id : list.name;
}

/** Returns the items that remain after an update, followed by the new items. */
function mergedItems<T>(
  before: readonly T[] | undefined,
  expected: readonly T[],
  complete: boolean,
  keyOf: (item: T) => string,
): readonly T[] | undefined {
  const keys = new Set(expected.map(keyOf));
  const known = new Set(before?.map(keyOf));
  const remaining = before?.filter((item) => !complete || keys.has(keyOf(item)));
  return remaining && [...remaining, ...expected.filter((item) => !known.has(keyOf(item)))];
}

function expectedText(
  before: string | undefined,
  expected: string | undefined,
  complete: boolean,
  cleared: string | undefined,
) {
  if (before === undefined || before.trim() === (expected ?? "").trim()) return before;
  return expected ?? (complete ? cleared : before);
}

/** Returns the expected properties after the update, computed independently of the text edits. */
function expectedProperties(desired: DesiredContact, { entry, complete }: EntryUpdate): Properties {
  const before = propertiesOf(desired);
  const fields = new Map(entry.customFields.map(({ name, value }) => [name, value]));
  const changed = (desired.customFields ?? []).map(({ name, value }) => {
    const expected = fields.get(name) ?? (complete ? null : value);
    const isSame = String(expected ?? "").trim() === String(value ?? "").trim() && typeof expected === typeof value;
    return [`custom field ${name}`, isSame ? value : expected] as const;
  });
  const handles = mergedItems<Handle>(desired.handles, entry.handles, complete, (handle) => handleKey(handle));
  return {
    ...before,
    ...Object.fromEntries(changed),
    name: expectedText(desired.name, entry.name, complete, undefined),
    description: expectedText(desired.description, entry.description, complete, ""),
    handles: handles?.map(({ source, handle }) => `${source}:${handle}`),
    links: mergedItems(desired.links, entry.links, complete, (link) => link),
    lists: mergedItems(desired.lists?.map(listName), entry.lists.map(listName), complete, (list) => list),
  };
}

/** Returns the text of every property of every entry, and of every other top-level key, by path. */
function slicesOf(text: string): ReadonlyMap<string, string> {
  const pairs = rootMaps(text).flatMap((root, index) => {
    const others = root.items.filter(({ key }) => nameOf(key) !== "contacts");
    return [
      ...others.map((pair) => [`${index}.${nameOf(pair.key)}`, pair] as const),
      ...pairsIn(pairOf(root, "contacts")).flatMap((entry) =>
        pairsIn(entry).map((pair) => [`${nameOf(entry.key)}: ${nameOf(pair.key)}`, pair] as const),
      ),
    ];
  });
  return new Map(pairs.map(([path, pair]) => [path, text.slice(pair.key.range[0], endOfPair(text, pair))]));
}

function pairsIn(pair: Pair | undefined): readonly Pair[] {
  return isMap(pair?.value) ? (pair.value as YAMLMap.Parsed).items : [];
}

function commentsOf(text: string, { onOwnLine }: { readonly onOwnLine: boolean }): string[] {
  const found = findComments(text).filter((comment) => !onOwnLine || comment.onOwnLine);
  return found.map((comment) => comment.text).toSorted();
}

function isSubset(part: readonly string[], whole: readonly string[]): boolean {
  const remaining = [...whole];
  return part.every((text) => {
    const index = remaining.indexOf(text);
    if (index !== -1) remaining.splice(index, 1);
    return index !== -1;
  });
}

/** Checks each property of an entry, and returns the paths of those that changed. */
function checkEntry(
  contact: DesiredContact,
  found: DesiredContact,
  update: EntryUpdate | undefined,
  warnings: readonly ImportWarning[],
): string[] {
  const before = propertiesOf(contact);
  const after = propertiesOf(found);
  const expected = update === undefined ? before : expectedProperties(contact, update);
  const hasWarning = (property: string) =>
    warnings.some(({ text }) => text.startsWith(`${contact.key}: its ${property} `));
  for (const [property, value] of Object.entries(expected)) {
    const expectedValue = hasWarning(property) ? before[property] : value;
    expect([contact.key, property, after[property]]).toEqual([contact.key, property, expectedValue]);
  }
  const changed = Object.keys(expected).filter((name) => JSON.stringify(after[name]) !== JSON.stringify(before[name]));
  return changed.map((name) => `${contact.key}: ${name.startsWith("custom field ") ? "custom_fields" : name}`);
}

function expectOtherTextUnchanged(before: string, after: string, changed: ReadonlySet<string>): void {
  const slices = slicesOf(after);
  for (const [path, slice] of slicesOf(before)) {
    if (!changed.has(path)) expect([path, slices.get(path)]).toEqual([path, slice]);
  }
  expect(isSubset(commentsOf(before, { onOwnLine: true }), commentsOf(after, { onOwnLine: true }))).toBe(true);
  expect(isSubset(commentsOf(after, { onOwnLine: false }), commentsOf(before, { onOwnLine: false }))).toBe(true);
  if (!/(?<!\r)\n/.test(before)) expect(after).not.toMatch(/(?<!\r)\n/);
  if (changed.size === 0) expect(after).toBe(before);
}

test("an update makes the intended changes and leaves everything else unchanged byte for byte", async () => {
  const counts = { changes: 0, warnings: 0 };
  await forAllAsync([choices.map(unformattedFile), choices], { numRuns: runs(150) }, async (text, random) => {
    const desired = await load(text);
    fc.pre(desired !== undefined);
    const contacts = desired?.contacts ?? [];
    const updates = new Map(
      contacts
        .map((contact, index) => [contact, randomUpdate(random, contact, index)] as const)
        .filter(() => !random.maybe(4)),
    );
    const { text: after, warnings } = updateFile(FILE, text, updates, { section: "contacts" });
    const reloaded = await load(after);
    const changed = contacts.flatMap((contact, index) =>
      checkEntry(contact, reloaded?.contacts[index] as DesiredContact, updates.get(contact), warnings),
    );
    expect(reloaded?.lists.map(({ name }) => name)).toEqual(desired?.lists.map(({ name }) => name));
    expect(reloaded?.settings).toEqual(desired?.settings);
    expectOtherTextUnchanged(text, after, new Set(changed));
    counts.changes += changed.length;
    counts.warnings += warnings.length;
  });
  // An importer that only warns would also pass the checks above.
  expect(counts.warnings).toBeLessThan(counts.changes / 10);
});
