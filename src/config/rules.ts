import { posix } from "node:path";
import type { ConfigValue, DeclaredField } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { hashOfHandle } from "../model/handle-hash.ts";
import { HIDDEN_CHARACTER } from "../model/hidden-character.ts";
import { isTooLongToLookUp, LIMITS } from "../model/limits.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { isPhoneCountry, isShortCode, lastDigits } from "../model/phone.ts";
import { Suggestions } from "../model/suggest.ts";
import { ACCOUNT_RULES, textsOfAccount } from "./account-rules.ts";
import { isDefaultsFile, keyOfList } from "./defaults.ts";
import { checkField } from "./field-cells.ts";
import { duplicateHandles, explainInvalidHandle, phoneCountryOf } from "./handle-rules.ts";
import { configProblem, type RuleCode } from "./messages.ts";
import {
  type CheckedConfig,
  checkEachContact,
  checkEachResource,
  distinctValues,
  duplicates,
  type Finding,
  fieldsOf,
  type Rule,
  rejectDuplicates,
  reportedTexts,
} from "./rule-definition.ts";
import type { UncheckedAccount } from "./unchecked-accounts.ts";
import type { UncheckedContact } from "./unchecked-config.ts";
import { differentForms } from "./unicode-form-rule.ts";
import type { LocatedText } from "./written-values.ts";

/** Merging an older branch can declare an erased contact again. */
function* erasedHandles({ contacts }: CheckedConfig): Iterable<Finding<"handle-erased">> {
  const tombstones = new Map(
    contacts.flatMap(({ key, hashedHandles = [] }) =>
      hashedHandles.map(({ sha256, location }) => [sha256, { key, location }] as const),
    ),
  );
  if (tombstones.size === 0) return;
  for (const { key, handles } of contacts) {
    for (const declared of handles) {
      const tombstone = tombstones.get(hashOfHandle(declared));
      if (tombstone === undefined) continue;
      const related = [{ location: tombstone.location, note: "erased here" }];
      yield { parameters: { key, tombstone: tombstone.key }, location: declared.location, related };
    }
  }
}

function* misplacedHashes({ misplacedHashes: hashes = [] }: UncheckedContact): Iterable<Finding<"hash-misplaced">> {
  for (const { hasHandle, location } of hashes) yield { parameters: { hasHandle }, location };
}

function* invalidHandles({ handles }: UncheckedContact): Iterable<Finding<"handle-malformed">> {
  for (const { source, handle, location } of handles) {
    // The schema reports empty handles.
    const [reason, advice] = (handle === "" ? undefined : explainInvalidHandle({ source, handle })) ?? [];
    if (reason === undefined || advice === undefined) continue;
    const shown = isTooLongToLookUp(handle) ? `${Array.from(handle).slice(0, 40).join("")}…` : handle;
    yield { parameters: { handle: shown, reason, advice }, location };
  }
}

/** Numbers that can be converted with the default country are already in E.164. */
function* phonesWithoutCountry(config: CheckedConfig): Iterable<Finding<"phone-without-country">> {
  const defaultCountry = phoneCountryOf(config);
  for (const { source, handle, location, country = defaultCountry } of config.contacts.flatMap(
    ({ handles }) => handles,
  )) {
    if (source !== "phone" || lastDigits(handle) === undefined || handle.startsWith("+") || isShortCode(handle))
      continue;
    yield { parameters: { handle, country }, location };
  }
}

function* unknownPhoneCountry({ settings }: CheckedConfig): Iterable<Finding<"phone-country-unknown">> {
  for (const { settings: values, phoneCountryLocation, location } of settings) {
    const country = values.phoneCountry;
    // The schema reports a string that is not two capital letters.
    if (country === undefined || !/^[A-Z]{2}$/.test(country) || isPhoneCountry(country)) continue;
    yield { parameters: { country }, location: phoneCountryLocation ?? location };
  }
}

function* absentWithMore(resource: UncheckedContact | UncheckedAccount): Iterable<Finding<"absent-with-more">> {
  const { key, propertyOfAbsent: property } = resource;
  if (property === undefined) return;
  const kind = "handles" in resource ? "contact" : "account";
  yield { parameters: { key, property: property.text, kind }, location: property.location };
}

/** If `exact` lists a collection that the entry omits, apply would remove all its values. */
function* exactWithoutContents(
  resource: UncheckedContact | UncheckedAccount,
): Iterable<Finding<"exact-without-contents">> {
  const { exact = [], key, customFields } = resource;
  if (exact.length === 0) return;
  const contents: Readonly<Record<string, unknown>> = { ...resource, custom_fields: customFields };
  for (const { text: collection, location } of exact) {
    if (contents[collection] === undefined) yield { parameters: { key, collection }, location };
  }
}

function* deprecatedGroups({ groups }: UncheckedContact): Iterable<Finding<"groups-deprecated">> {
  if (groups !== undefined) yield { parameters: { hasLists: groups.hasLists }, location: groups.location };
}

function* invalidLinks(config: CheckedConfig): Iterable<Finding<"link-malformed">> {
  for (const { text, location } of distinctValues(config, ({ links }) => links))
    if (!isWebAddress(text)) yield { parameters: { link: text }, location };
}

export function isWebAddress(text: string): boolean {
  return !/\s/.test(text) && /^https?:\/\//i.test(text) && URL.canParse(text);
}

function* absentListsWithMembers({ lists }: CheckedConfig): Iterable<Finding<"list-absent-with-members">> {
  for (const { name, ensure, members, location } of lists) {
    if (ensure === "absent" && members !== undefined) yield { parameters: { list: name }, location };
  }
}

function* contactsOnAbsentLists({ contacts, lists }: CheckedConfig): Iterable<Finding<"list-absent">> {
  const absent = new Map(lists.filter(({ ensure }) => ensure === "absent").map((list) => [list.name, list]));
  if (absent.size === 0) return;
  for (const { key, lists: references = [] } of contacts) {
    for (const list of references) {
      const declared = "name" in list ? absent.get(list.name) : undefined;
      if (declared === undefined) continue;
      const related = [{ location: declared.location, note: "deleted here" }];
      yield { parameters: { key, list: declared.name }, location: list.location, related };
    }
  }
}

function pinnedIds({ key: owner, id, idLocation, location }: UncheckedContact) {
  return id === undefined ? [] : [{ id, owner, location: idLocation ?? location }];
}

/** Zero-width characters, direction marks and line separators can make two different names look the same. */
function* hiddenCharacters(resource: UncheckedContact | UncheckedAccount): Iterable<Finding<"hidden-character">> {
  const { name = "", nameLocation } = resource;
  if (nameLocation !== undefined && HIDDEN_CHARACTER.test(name)) {
    yield { parameters: undefined, location: nameLocation };
  }
}

function* misplacedDefaults({ defaults }: CheckedConfig): Iterable<Finding<"defaults-misplaced">> {
  for (const { location } of defaults) {
    const path = posix.join(posix.dirname(location.file), "defaults.yaml");
    if (!isDefaultsFile(location.file)) yield { parameters: { path }, location };
  }
}

function directoryOf({ location }: UncheckedContact): string {
  return posix.dirname(location.file);
}

function* tooManyWithDefaults(contact: UncheckedContact): Iterable<Finding<"defaults-too-many">> {
  const { key, location, inherited, links = [], lists = [], customFields = [] } = contact;
  if (inherited === undefined) return;
  const counts = [
    { collection: "lists", count: lists.length, limit: LIMITS.lists },
    { collection: "links", count: links.length, limit: LIMITS.entries },
    { collection: "custom fields", count: customFields.length, limit: LIMITS.entries },
  ];
  for (const parameters of counts.filter(({ count, limit }) => count > limit)) {
    yield { parameters: { key, ...parameters }, location };
  }
}

/** Returns the values that contacts must have. `field` is set if the value is a custom field. */
function requiredValues({ settings }: CheckedConfig) {
  const required = settings[0]?.required ?? [];
  return required.map(({ text, location }) => ({ text, field: /^custom_fields\.(.+)$/s.exec(text)?.[1], location }));
}

/** A cleared value is treated as missing. */
function* missingValues(config: CheckedConfig): Iterable<Finding<"value-required">> {
  const required = requiredValues(config);
  if (required.length === 0) return;
  for (const contact of config.contacts.filter(({ ensure }) => ensure === "present")) {
    for (const { text: property, field, location } of required) {
      if (hasValue(contact, property, field)) continue;
      const related = [{ location, note: "required here" }];
      yield { parameters: { key: contact.key, property, field }, location: contact.location, related };
    }
  }
}

function hasValue(contact: UncheckedContact, property: string, field: string | undefined): boolean {
  const { description = "", customFields = [] } = contact;
  if (field !== undefined) {
    return customFields.some(({ name, value }) => name === field && value !== null && value !== "");
  }
  switch (property) {
    case "description":
      return description.trim() !== "";
    case "links":
    case "lists":
      return (contact[property] ?? []).length > 0;
    case "name":
    case "account":
    case "avatar":
      return contact[property] !== undefined;
    default:
      return true;
  }
}

const PLACEHOLDER = /\$\{[A-Z_][A-Z0-9_]*\}/;

/** Environment variables are not expanded, because they could change after the review. */
function* placeholders(config: CheckedConfig): Iterable<Finding<"placeholder">> {
  for (const located of textsOf(config)) {
    const [placeholder] = PLACEHOLDER.exec(located.text) ?? [];
    if (placeholder !== undefined) yield { parameters: { placeholder }, location: located.location };
  }
}

/** Yields the texts to search for placeholders. Skips most texts without a dollar sign. */
function* textsOf(config: CheckedConfig): Iterable<LocatedText> {
  for (const contact of [...config.contacts, ...config.defaults]) yield* reportedTexts(contact);
  for (const { handle: text, location } of config.contacts.flatMap(({ handles }) => handles)) {
    if (text.includes("$")) yield { text, location };
  }
  yield* distinctValues(config, ({ links }) => links);
  for (const account of config.accounts) yield* textsOfAccount(account);
  for (const { value, location } of fieldsOf(config)) {
    if (typeof value === "string" && value.includes("$")) yield { text: value, location };
  }
}

function* differentDeclarations({ customFields }: CheckedConfig): Iterable<Finding<"field-declared-twice">> {
  for (const { item, first, related } of duplicates(customFields, ({ name }) => name)) {
    if (isSameField(item, first)) continue;
    yield { parameters: { name: item.name }, location: item.location, related };
  }
}

function isSameField(a: DeclaredField, b: DeclaredField): boolean {
  return a.type === b.type && String(a.values?.toSorted()) === String(b.values?.toSorted());
}

function* valuesWithoutEnum({ customFields }: CheckedConfig): Iterable<Finding<"field-values">> {
  for (const { name, type, values, location } of customFields) {
    if (values !== undefined && type !== "enum") yield { parameters: { name }, location };
  }
}

function* undeclaredFields(config: CheckedConfig): Iterable<Finding<"field-not-declared">> {
  const { declaredNames, complete } = config;
  if (declaredNames.size === 0) return;
  const required = requiredValues(config).flatMap(({ field, location }) =>
    field === undefined ? [] : [{ name: field, nameLocation: location }],
  );
  const suggestions = new Suggestions(() => declaredNames);
  for (const { name, nameLocation } of [...fieldsOf(config), ...required]) {
    if (declaredNames.has(name)) continue;
    const suggestion = suggestions.suggestFor(name);
    if (suggestion !== undefined || complete) yield { parameters: { name, suggestion }, location: nameLocation };
  }
}

function* wrongFieldTypes(config: CheckedConfig): Iterable<Finding<"field-type">> {
  const declared = new Map(config.customFields.map((field) => [field.name, field]));
  if (declared.size === 0) return;
  for (const { name, value, source, isCell, location } of fieldsOf(config)) {
    const field = declared.get(name);
    if (field === undefined || value === null || isMisread(value, source)) continue;
    const problem = checkField(omitUndefined({ value, source, isCell }), field);
    if (problem !== undefined) yield { parameters: { name, problem }, location };
  }
}

/** YAML reads 0123 as 123 and 1e3 as 1000, and rounds long numbers. */
function* reinterpretedNumbers(config: CheckedConfig): Iterable<Finding<"field-number">> {
  const fields = [...fieldsOf(config), ...config.accounts.flatMap(({ customFields = [] }) => customFields)];
  for (const { name, value, source, location } of fields) {
    // The schema reports numbers that are not finite.
    if (source === undefined || !isMisread(value, source) || !Number.isFinite(value)) continue;
    yield { parameters: { name, source, value }, location };
  }
}

function isMisread(value: ConfigValue | null, source = String(value)): value is number {
  return typeof value === "number" && String(value) !== source && !isPlainDecimal(source);
}

/** Accepts trailing zeros, as in `1.50`. */
function isPlainDecimal(source: string): boolean {
  return /^-?(?:0|[1-9]\d*)\.\d+$/.test(source) && source.length <= 16;
}

/** The rules that the schema does not check, by diagnostic code. */
const RULES: { readonly [Code in RuleCode]: Rule<Code> } = {
  "contact-twice": rejectDuplicates(
    ({ contacts }) => [contacts],
    ({ key }) => key,
    ({ key }) => ({ key }),
  ),
  "id-twice": rejectDuplicates(
    ({ contacts }) => [contacts.flatMap(pinnedIds)],
    ({ id }) => id,
    ({ id }, { owner }) => ({ id, owner }),
  ),
  "handle-twice": duplicateHandles,
  "handle-erased": erasedHandles,
  "hash-misplaced": checkEachContact(misplacedHashes),
  "handle-malformed": checkEachContact(invalidHandles),
  "phone-without-country": phonesWithoutCountry,
  "phone-country-unknown": unknownPhoneCountry,
  "absent-with-more": checkEachResource(absentWithMore),
  "exact-without-contents": checkEachResource(exactWithoutContents),
  "groups-deprecated": checkEachContact(deprecatedGroups),
  "link-malformed": invalidLinks,
  "link-twice": rejectDuplicates(
    ({ contacts, defaults }) => [...contacts, ...defaults].map(({ links }) => links),
    ({ text }) => text,
    ({ text: link }) => ({ link }),
  ),
  "list-twice": rejectDuplicates(
    ({ contacts, defaults, lists }) => [...[...contacts, ...defaults].map((contact) => contact.lists), lists],
    keyOfList,
    (list) => ({ list: keyOfList(list) }),
  ),
  "list-absent-with-members": absentListsWithMembers,
  "list-absent": contactsOnAbsentLists,
  "settings-twice": rejectDuplicates(
    ({ settings }) => [settings],
    () => "settings",
    () => undefined,
  ),
  "defaults-misplaced": misplacedDefaults,
  "defaults-twice": rejectDuplicates(
    ({ defaults }) => [defaults.filter(({ location }) => isDefaultsFile(location.file))],
    directoryOf,
    (item) => ({ directory: directoryOf(item) }),
  ),
  "defaults-too-many": checkEachContact(tooManyWithDefaults),
  "value-required": missingValues,
  "hidden-character": checkEachResource(hiddenCharacters),
  placeholder: placeholders,
  "field-declared-twice": differentDeclarations,
  "field-values": valuesWithoutEnum,
  "field-not-declared": undeclaredFields,
  "field-type": wrongFieldTypes,
  "field-number": reinterpretedNumbers,
  "unicode-forms": differentForms,
  ...ACCOUNT_RULES,
};

export function checkRules(config: CheckedConfig): Diagnostic[] {
  return (Object.keys(RULES) as RuleCode[]).flatMap((code) => findingsOf(code, config));
}

function findingsOf<Code extends RuleCode>(code: Code, config: CheckedConfig): Diagnostic[] {
  const rule: Rule<Code> = RULES[code];
  return [...rule(config)].map(({ parameters, ...locations }) => configProblem(code, parameters, locations));
}
