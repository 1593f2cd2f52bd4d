import { type HandleKey, handleKey } from "../model/contact.ts";
import type { Diagnostic, SourceLocation } from "../model/diagnostic.ts";
import {
  checkFieldName,
  checkFieldNumber,
  checkFieldType,
  fieldDeclaredTwice,
  fieldValuesOfNoEnum,
} from "./field-rules.ts";
import { handleMalformed } from "./handle-rules.ts";
import { phoneCountryUnknown, phoneWithoutCountry } from "./phone-country.ts";
import type { Checked, Finding, Rule } from "./rule.ts";
import type { UncheckedContact } from "./unchecked-config.ts";

/** Holds against each contact on its own. */
function each(check: (contact: UncheckedContact) => Iterable<Finding>): Rule {
  return ({ contacts }) => contacts.flatMap((contact) => [...check(contact)]);
}

/** Reports every later one of those that share a key, and where the first is. */
function* twice<Thing extends { readonly location: SourceLocation }>(
  things: Iterable<readonly [key: string, thing: Thing]>,
  word: (thing: Thing, first: Thing) => { summary: string; advice: string; note: string },
): Iterable<Finding> {
  const firsts = new Map<string, Thing>();
  for (const [key, thing] of things) {
    const first = firsts.get(key);
    if (first === undefined) {
      firsts.set(key, thing);
    } else {
      const { note, ...words } = word(thing, first);
      yield { ...words, location: thing.location, related: [{ location: first.location, note }] };
    }
  }
}

const contactTwice: Rule = ({ contacts }) =>
  twice(
    contacts.map((contact) => [contact.key, contact] as const),
    ({ key }) => ({
      summary: `There are two contacts with the key ${key}`,
      advice: "Keys are unique over all files. Rename one, or make the two into one.",
      note: "first used",
    }),
  );

const idTwice: Rule = ({ contacts }) =>
  twice(
    contacts.flatMap((contact) => {
      const { id, key } = contact;
      const location = contact.written.get("id")?.location ?? contact.location;
      return id === undefined ? [] : [[id, { id, key, location }] as const];
    }),
    ({ id }, first) => ({
      summary: `${id} is already pinned by ${first.key}`,
      advice: "One contact of Front has one description. Make the two into one, or correct an id.",
      note: "first pinned",
    }),
  );

/** Front gives a handle to one contact only, so the files may not give it to two. */
function* handleClaimedTwice({ contacts }: Checked): Iterable<Finding> {
  const claims = new Map<HandleKey, { readonly key: string; readonly location: SourceLocation }>();
  for (const { key, handles } of contacts) {
    for (const handle of handles) {
      const first = claims.get(handleKey(handle));
      if (first === undefined) claims.set(handleKey(handle), { key, location: handle.location });
      else yield claimedTwice(handle, key, first);
    }
  }
}

function claimedTwice(
  { handle, location }: UncheckedContact["handles"][number],
  key: string,
  first: { readonly key: string; readonly location: SourceLocation },
): Finding {
  const same = first.key === key;
  return {
    summary: same ? `${handle} is written twice in ${key}` : `${handle} is already a handle of ${first.key}`,
    advice: same
      ? "Keep one of the two. Case and the separators of phone numbers make no difference."
      : `Keep it under one of the two contacts, ${first.key} or ${key}: in Front a handle belongs to one contact.`,
    location,
    related: [{ location: first.location, note: same ? "first written" : "first claimed" }],
  };
}

/** What a contact that is to be deleted may say: who it is. */
const OF_THE_ABSENT: readonly string[] = ["ensure", "handles", "id"];

function* absentWithMore({ ensure, key, written: contact }: UncheckedContact): Iterable<Finding> {
  if (ensure !== "absent") return;
  const [more, written] = contact.entries().find(([property]) => !OF_THE_ABSENT.includes(property)) ?? [];
  if (more === undefined || written === undefined) return;
  yield {
    summary: `${key} is to be absent, and has ${more}`,
    advice: "A contact that is to be deleted has handles and nothing else. Take the rest out, or take ensure out.",
    location: written.keyLocation,
  };
}

/** An exact collection that is not written would be an empty one. */
function* exactWithoutContents({ exact, key, written }: UncheckedContact): Iterable<Finding> {
  const items = written.get("exact")?.items() ?? [];
  for (const collection of exact) {
    const isWritten =
      written.get(collection) !== undefined || (collection === "lists" && written.get("groups") !== undefined);
    if (isWritten) continue;
    yield {
      summary: `${key} wants exactly the ${collection} that are written, and none are`,
      advice: `This would remove them all. Write ${collection}, take it out of exact, or write \`${collection}: ${collection === "custom_fields" ? "{}" : "[]"}\` if that is what you mean.`,
      location: (items.find(({ value }) => value === collection) ?? written).location,
    };
  }
}

function* listsAndGroups({ written }: UncheckedContact): Iterable<Finding> {
  const groups = written.get("groups");
  if (groups === undefined) return;
  const both = written.get("lists") !== undefined;
  yield {
    ...(both ? {} : { severity: "warning" as const }),
    summary: both ? "groups and lists are the same thing" : "groups is the old name of lists",
    advice: both ? "Move all entries under lists." : "Write lists.",
    location: groups.keyLocation,
  };
}

function* linkMalformed({ links = [] }: UncheckedContact): Iterable<Finding> {
  for (const { text, location } of links) {
    if (!isWebAddress(text)) {
      yield {
        summary: `${text} is not the address of a web page`,
        advice: "Write it whole: https://example.com/page.",
        location,
      };
    }
  }
}

export function isWebAddress(text: string): boolean {
  return !/\s/.test(text) && /^https?:\/\//i.test(text) && URL.canParse(text);
}

const linkTwice: Rule = ({ contacts }) =>
  contacts
    .flatMap(({ links = [] }) => [
      ...twice(
        links.map((link) => [link.text, link] as const),
        ({ text }) => ({ summary: `${text} is written twice`, advice: "Keep one of the two.", note: "first written" }),
      ),
    ])
    .map((finding) => ({ ...finding, severity: "warning" as const }));

const listTwice: Rule = ({ contacts, lists }) => {
  const ofContacts = contacts.map((contact) => contact.lists ?? []);
  const named = ofContacts.map((some) => some.map((list) => ["id" in list ? list.id : list.name, list] as const));
  const declared = lists.map((list) => [list.name, list] as const);
  const words = () => ({ summary: "This list is named twice", advice: "Keep one of the two.", note: "first named" });
  return [...named.flatMap((some) => [...twice(some, words)]), ...twice(declared, words)];
};

const settingsTwice: Rule = ({ settings }) =>
  twice(
    settings.map((some) => ["settings", some] as const),
    () => ({
      summary: "There are settings in more than one place",
      advice: "Keep all of them in one file.",
      note: "first written",
    }),
  );

/** Zero widths and direction marks, which make one name look like another. */
function* hiddenCharacter({ name, written }: UncheckedContact): Iterable<Finding> {
  const location = written.get("name")?.location;
  if (name === undefined || location === undefined || !/\p{Cf}/u.test(name)) return;
  yield {
    severity: "warning",
    summary: "The name has characters in it that cannot be seen",
    advice: "Type it anew if they are not meant: they can make it look like another name.",
    location,
  };
}

/** What a schema cannot say. The key is the code that people and machines see. */
const RULES: Readonly<Record<string, Rule>> = {
  "contact-twice": contactTwice,
  "id-twice": idTwice,
  "handle-claimed-twice": handleClaimedTwice,
  "handle-malformed": each(handleMalformed),
  "phone-without-country": phoneWithoutCountry,
  "phone-country-unknown": phoneCountryUnknown,
  "absent-with-more": each(absentWithMore),
  "exact-without-contents": each(exactWithoutContents),
  "groups-renamed": each(listsAndGroups),
  "link-malformed": each(linkMalformed),
  "link-twice": linkTwice,
  "list-twice": listTwice,
  "settings-twice": settingsTwice,
  "hidden-character": each(hiddenCharacter),
  "field-declared-twice": fieldDeclaredTwice,
  "field-values": fieldValuesOfNoEnum,
  "field-not-declared": checkFieldName,
  "field-type": checkFieldType,
  "field-number": checkFieldNumber,
};

export function checkRules(checked: Checked): Diagnostic[] {
  return Object.entries(RULES).flatMap(([code, rule]) =>
    [...rule(checked)].map((finding): Diagnostic => ({ severity: "error", code, ...finding })),
  );
}
