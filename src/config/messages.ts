import { quotedKey } from "../model/address.ts";
import type { Diagnostic, SourceLocation } from "../model/diagnostic.ts";
import { LIMITS } from "../model/limits.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { mayContainCountryCode } from "../model/phone.ts";
import { groupDigits, plural } from "../model/plural.ts";
import { ACCOUNT_MESSAGES } from "./account-messages.ts";
import { COMPANY_SCHEMA_MESSAGES } from "./company-schema-messages.ts";
import {
  adviseCountryCode,
  explainDifference,
  MB,
  type Message,
  type Messages,
  showForm,
  withQuestion,
} from "./message-parts.ts";
import { REFERENCE_MESSAGES } from "./reference-messages.ts";
import { TABLE_MESSAGES } from "./tables/table-messages.ts";

const SCALE_DOWN = "Scale the picture down to a few hundred pixels per side.";
function adviseUnreadable(kind: "directory" | "file", { path, reason }: { path: string; reason: string }): string {
  if (path.includes("\uFFFD")) return `Rename the ${kind}: its name is not UTF-8 text.`;
  if (reason === "EACCES" || reason === "EPERM") return `Grant read permission for the ${kind}, or move it elsewhere.`;
  if (reason === "ENAMETOOLONG") return "Shorten the names of its parent directories: the path is too long.";
  return kind === "directory"
    ? "Check that it is a directory that you have permission to read."
    : "Check that it is a regular file that you have permission to read and that does not change during the run.";
}

function adviseE164(handle: string, country: string | undefined): string {
  const international = /^00 ?(?<number>[1-9].*)/.exec(handle)?.groups?.["number"];
  if (international !== undefined) return `If 00 is the international prefix, write +: "+${international}".`;
  return adviseCountryCode(country);
}

/** Part of the summary for a number such as `4915112345678`, which may be `+4915112345678` or `04915112345678`. */
export const AMBIGUOUS_COUNTRY_CODE = "may or may not begin with the country code of";

function explainNotInE164(handle: string, country: string | undefined): string {
  if (country === undefined) return "has no country code";
  if (mayContainCountryCode(handle, country)) return `${AMBIGUOUS_COUNTRY_CODE} ${country}`;
  return `is not a possible phone number in ${country}`;
}

const FILE_MESSAGES = {
  "avatar-outside": ({ path, root }: { path: string; root?: string }) =>
    root === undefined
      ? {
          summary: `"${path}" is not a path relative to this file`,
          advice:
            "Use a path with forward slashes, relative to this file, such as avatars/dale-cooper.png. Download a picture that has a URL.",
        }
      : {
          summary: `"${path}" is outside ${root}`,
          advice: `Copy the picture into ${root}, so that it is reviewed together with the configuration.`,
        },
  "avatar-missing": ({ path, question }: { path: string; question: string | undefined }) => ({
    summary: `File "${path}" does not exist`,
    advice: question ?? "Add the picture, or remove avatar. Paths are relative to this file.",
  }),
  "avatar-damaged": ({ path }: { path: string }) => ({
    summary: `"${path}" is damaged and cannot be decoded`,
    advice: "Copy or export the picture again.",
  }),
  "avatar-not-a-file": ({ path }: { path: string }) => ({
    summary: `"${path}" is not a regular file`,
    advice: "Use the path of a picture file.",
  }),
  "avatar-unreadable": ({ path, reason }: { path: string; reason: string | undefined }) =>
    reason === undefined
      ? { summary: `"${path}" changed while it was read`, advice: "Run the command again when the file is complete." }
      : { summary: `Cannot read "${path}" (${reason})`, advice: "Check the permissions of the file." },
  "avatar-too-large": ({ path, size }: { path: string; size: number }) => ({
    summary: `"${path}" is ${(size / MB).toFixed(1)} MB; the limit is ${LIMITS.pictureBytes / MB} MB`,
    advice: SCALE_DOWN,
  }),
  "avatar-empty": ({ path }: { path: string }) => ({
    summary: `"${path}" is empty`,
    advice: "Replace it with a picture, or remove avatar.",
  }),
  "avatar-too-many-pixels": ({ path, width, height }: { path: string; width: number; height: number }) => ({
    summary: `"${path}" is ${width} x ${height} pixels; the limit is ${LIMITS.pictureSide} pixels per side`,
    advice: SCALE_DOWN,
  }),
  "avatar-position": ({ path }: { path: string }) => ({
    severity: "warning",
    summary: `"${path}" contains the location where it was taken`,
    advice: "Export the picture without EXIF data: everyone who can see the contact can read the location.",
  }),
  "avatar-svg": ({ path }: { path: string }) => ({
    summary: `"${path}" is an SVG drawing`,
    advice: "Export it as PNG. SVG files may contain scripts and are not uploaded.",
  }),
  "avatar-not-a-picture": ({ path, isPointer }: { path: string; isPointer: boolean }) => ({
    summary: `"${path}" is ${isPointer ? "a Git LFS pointer instead of a picture" : "not a picture"}`,
    advice: isPointer ? "Fetch the picture: git lfs pull." : "Use a PNG, JPEG, GIF or WebP picture.",
  }),
  "avatar-misnamed": ({ path, kind, suggestedPath }: { path: string; kind: string; suggestedPath: string }) => ({
    summary: `"${path}" contains a ${kind} picture, but has a different extension`,
    advice: `Rename it to ${suggestedPath}.`,
  }),
  "link-outside": ({ path, target }: { path: string; target: "missing" | "hidden" | "outside" }) => ({
    summary: `"${path}" is a symbolic link ${target === "outside" ? "to a path outside the contacts directory" : `to a ${target} file`}`,
    advice:
      target === "missing"
        ? "Replace the link with a file, or delete the link."
        : "Replace the link with the files, so that their contents are reviewed.",
  }),
  "directory-unreadable": (parameters: { path: string; reason: string }) => ({
    summary: `Cannot read the directory (${parameters.reason})`,
    advice: adviseUnreadable("directory", parameters),
  }),
  "no-directory": ({ root, isInside, found }: { root: string; isInside: boolean; found: string | undefined }) => ({
    summary: `Directory "${root}" does not exist`,
    advice: isInside
      ? "The working directory seems to be a contacts directory. Change to its parent directory, or specify the directory."
      : found === undefined
        ? "Create the directory, or specify another one."
        : `Did you mean "${found}"? Change to its parent directory, or specify the directory.`,
    remedy: { kind: isInside || found !== undefined ? "choose-directory" : "initialize" },
  }),
  "not-a-directory": ({ root }: { root: string }) => ({
    summary: `"${root}" is not a directory`,
    advice: "Specify the directory that contains the configuration.",
    remedy: { kind: "choose-directory" },
  }),
  "too-many-files": ({ root }: { root: string }) => ({
    summary: `"${root}" contains more than ${groupDigits(LIMITS.files)} .yaml and .yml files`,
    advice: "Put several contacts into one file, or split the configuration into several contacts directories.",
  }),
  "no-files": ({ root }: { root: string }) => ({
    summary: `"${root}" contains no .yaml or .yml files`,
    advice: "Create a file, or import contacts.",
    remedy: { kind: "create-configuration" },
  }),
  "files-too-large": ({ limit }: { limit: number }) => ({
    summary: `This file makes the configuration larger than ${limit / MB} MB`,
    advice: "Split the configuration into several contacts directories.",
  }),
  "file-too-large": () => ({
    summary: `The file is larger than ${LIMITS.fileBytes / MB} MB`,
    advice: "Split it into several files.",
  }),
  "file-unreadable": (parameters: { path: string; reason: string }) => ({
    summary: `Cannot read the file (${parameters.reason})`,
    advice: adviseUnreadable("file", parameters),
  }),
  "file-empty": () => ({
    severity: "warning",
    summary: "The file is empty or contains only comments",
    advice: "Add the key contacts, or delete the file. It changes nothing in Front.",
  }),
  "too-many": ({ count }: { count: number }) => ({
    summary: `The file contains ${groupDigits(count)} contacts; the limit is ${groupDigits(LIMITS.contacts)}`,
    advice: "Split it into several files.",
  }),
  "no-contacts": () => ({
    severity: "warning",
    summary: "The configuration contains no contacts",
    advice: "Add a contact under the top-level key contacts, or import contacts.",
    remedy: { kind: "import-contacts" },
  }),
  "too-many-problems": ({ count, isError }: { count: number; isError: boolean }) => ({
    ...(isError ? {} : { severity: "warning" }),
    summary: `The file has ${plural(count, isError ? "more problem" : "more warning")} from here on`,
    advice: isError
      ? "Fix the problems above first; they may be the cause."
      : "To see these warnings, resolve the warnings above.",
  }),
  "too-large-to-format": () => ({
    severity: "warning",
    summary: `The file has more than ${groupDigits(LIMITS.formattedTokens)} YAML tokens, the limit for fmt`,
    advice: "Split it into several files. The file was not formatted.",
  }),
  "too-large-once-formatted": () => ({
    severity: "warning",
    summary: `The formatted file would be larger than ${LIMITS.fileBytes / MB} MB`,
    advice: "Split it into several files. The file was not formatted.",
  }),
  "no-canonical-form": () => ({
    severity: "warning",
    summary: "Formatting would change the values or the comments of the file, so it was not formatted",
    advice: "Format the file manually, and report it in an issue in the front-contacts repository.",
  }),
} satisfies Messages;

/** Messages for problems that the schema cannot detect. */
const RULE_MESSAGES = {
  "contact-twice": ({ key }: { key: string }) => ({
    summary: `Contact "${key}" is declared twice`,
    advice: "Rename one, or combine the two. Keys must be unique across all files.",
  }),
  "id-twice": ({ id, owner }: { id: string; owner: string }) => ({
    summary: `"${id}" is already the ID of ${owner}`,
    advice: "Combine the two entries, or correct one of the IDs.",
  }),
  "handle-twice": ({ handle, key, owner }: { handle: string; key: string; owner: string }) =>
    owner === key
      ? {
          summary: `"${handle}" is listed twice in ${key}`,
          advice: "Remove one. Letter case in email and Twitter handles and separators in phone numbers are ignored.",
        }
      : {
          summary: `"${handle}" is already a handle of ${owner}`,
          advice: `Remove it from ${owner} or ${key}. In Front, a handle belongs to only one contact.`,
        },
  "handle-erased": ({ key, tombstone }: { key: string; tombstone: string }) => ({
    summary: `${quotedKey(key)} has a handle that matches the tombstone "${tombstone}"`,
    advice: `Remove the handle from ${key}. The tombstone records an erasure request. Remove the tombstone only if the contact may exist again.`,
  }),
  "hash-misplaced": ({ hasHandle }: { hasHandle: boolean }) =>
    hasHandle
      ? {
          summary: 'A handle has both "handle" and "sha256"',
          advice: 'Remove "handle" to identify the contact by the hash, or remove "sha256".',
        }
      : {
          summary: '"sha256" is allowed only with ensure: absent',
          advice: "Write the handle, or add ensure: absent to delete the contact.",
        },
  "handle-malformed": ({ handle, reason, advice }: { handle: string; reason: string; advice: string }) => ({
    summary: `${handle.trim() === "" ? "The handle" : `"${handle}"`} ${reason}`,
    advice,
  }),
  "phone-without-country": ({ handle, country }: { handle: string; country: string | undefined }) => ({
    severity: "warning",
    summary: `"${handle}" ${explainNotInE164(handle, country)}, so only its digits are compared`,
    advice: adviseE164(handle, country),
  }),
  "phone-country-unknown": ({ country }: { country: string }) => ({
    summary: `"${country}" is not a country code`,
    advice: "Use a two-letter country code (ISO 3166-1), such as US or DE.",
  }),
  "absent-with-more": ({ key, property, kind }: { key: string; property: string; kind: "contact" | "account" }) => ({
    summary: `"${key}" has both ensure: absent and ${property}`,
    advice: `Remove everything except ${kind === "contact" ? "handles and id" : "domains, external_id and id"}, or remove ensure to keep the ${kind}.`,
  }),
  "exact-without-contents": ({ key, collection }: { key: string; collection: string }) => ({
    summary: `${quotedKey(key)} has ${collection} in exact, but no ${collection}`,
    advice: `Add ${collection}, or remove it from exact. To remove all ${collection}, write \`${collection}: ${collection === "custom_fields" ? "{}" : "[]"}\`.`,
  }),
  "groups-deprecated": ({ hasLists }: { hasLists: boolean }) =>
    hasLists
      ? { summary: '"groups" cannot be used together with "lists"', advice: "Move its values to lists." }
      : { severity: "warning", summary: '"groups" is deprecated', advice: "Rename it to lists." },
  "link-malformed": ({ link }: { link: string }) => ({
    summary: `"${link}" is not a web address`,
    advice: "Use a complete URL, such as https://example.com/page.",
  }),
  "link-twice": ({ link }: { link: string }) => ({
    severity: "warning",
    summary: `"${link}" is listed twice`,
    advice: "Remove one of the two.",
  }),
  "list-twice": ({ list }: { list: string }) => ({
    summary: `List "${list}" is listed twice`,
    advice: "Remove one of the two.",
  }),
  "list-absent-with-members": ({ list }: { list: string }) => ({
    summary: `List "${list}" has both ensure: absent and members`,
    advice: "Remove members, or remove ensure to keep the list.",
  }),
  "list-absent": ({ key, list }: { key: string; list: string }) => ({
    summary: `${quotedKey(key)} is on the list "${list}", which has ensure: absent`,
    advice: "Remove the list from the contact, or remove ensure to keep the list.",
  }),
  "settings-twice": () => ({
    summary: "Settings are declared more than once",
    advice: "Combine them under one top-level key settings.",
  }),
  "value-required": ({ key, property, field }: { key: string; property: string; field: string | undefined }) => ({
    summary:
      field === undefined
        ? `${quotedKey(key)} has no ${property}, but settings.require requires it`
        : `${quotedKey(key)} has no value for the custom field "${field}", but settings.require requires it`,
    advice:
      field === undefined
        ? `Add ${property} to the entry, or remove it from settings.require.`
        : `Add "${field}" to the custom_fields of the entry, or remove it from settings.require.`,
  }),
  "defaults-misplaced": ({ path }: { path: string }) => ({
    summary: '"defaults" is allowed only in a file named defaults.yaml or defaults.yml',
    advice: `Move it to ${path}. Its values apply to the contacts and table rows in that directory and its subdirectories.`,
  }),
  "defaults-twice": ({ directory }: { directory: string }) => ({
    summary: `Defaults are declared twice in the directory "${directory}"`,
    advice: "Keep one defaults.yaml with a single defaults key.",
  }),
  "defaults-too-many": (parameters: { key: string; collection: string; count: number; limit: number }) => ({
    summary: `${quotedKey(parameters.key)} has ${parameters.count} ${parameters.collection}, including defaults; the maximum is ${parameters.limit}`,
    advice: `Remove some ${parameters.collection} from the entry or from defaults.yaml.`,
  }),
  "hidden-character": () => ({
    severity: "warning",
    summary: "The name contains invisible characters",
    advice: "Retype the name, unless the characters are intended. They can make it look like another name.",
  }),
  "unicode-forms": ({ kind, name, other }: { kind: string; name: string; other: string }) => ({
    severity: "warning",
    summary: `${kind} "${name}" looks the same as another one, but Front may treat them as different`,
    advice: `${explainDifference(name, other)} If only one of them exists in Front, use its form for both.`.trimStart(),
  }),
  placeholder: ({ placeholder }: { placeholder: string }) => ({
    severity: "warning",
    summary: `"${placeholder}" is sent to Front unchanged; environment variables are not expanded`,
    advice: "Replace it with the value, so that the reviewed value is also the applied value.",
  }),
  "field-declared-twice": ({ name }: { name: string }) => ({
    summary: `Custom field "${name}" is declared twice with different definitions`,
    advice: "Keep the declaration that matches the field in Front.",
  }),
  "field-values": ({ name }: { name: string }) => ({
    summary: `Custom field "${name}" has values, but its type is not enum`,
    advice: "Write `type: enum`, or remove values.",
  }),
  "field-not-declared": ({ name, suggestion }: { name: string; suggestion: string | undefined }) => ({
    summary: withQuestion(`Custom field "${name}" is not declared`, suggestion && showForm(suggestion, name)),
    advice:
      suggestion === undefined
        ? "Declare it under the top-level key custom_fields, for example with { type: string }, or remove it."
        : `${explainDifference(name, suggestion)} Use "${showForm(suggestion, name)}", or declare "${showForm(name, suggestion)}" under the top-level key custom_fields.`.trimStart(),
  }),
  "field-type": ({ name, problem }: { name: string; problem: Message }) => ({
    summary: `Custom field "${name}": ${problem.summary}`,
    advice: problem.advice,
  }),
  "field-number": ({ name, source, value }: { name: string; source: string; value: number }) => ({
    summary: `Custom field "${name}": YAML reads ${source} as the number ${value}`,
    advice: `Put it in quotes if it is text: "${source}". Write ${value} if it is a number.`,
  }),
} satisfies Messages;

const MESSAGES = {
  ...FILE_MESSAGES,
  ...TABLE_MESSAGES,
  ...RULE_MESSAGES,
  ...ACCOUNT_MESSAGES,
  ...REFERENCE_MESSAGES,
  ...COMPANY_SCHEMA_MESSAGES,
} as const;

export type ConfigCode = keyof typeof MESSAGES;
export type RuleCode = keyof typeof RULE_MESSAGES | keyof typeof ACCOUNT_MESSAGES;
export type MessageParameters<Code extends ConfigCode> = (typeof MESSAGES)[Code] extends (
  parameters: infer P,
) => unknown
  ? P
  : never;

export function configProblem<Code extends ConfigCode>(
  code: Code,
  parameters: MessageParameters<Code>,
  { location, related }: { [Key in "location" | "related"]?: Diagnostic[Key] | undefined } = {},
): Diagnostic {
  const message = MESSAGES[code] as (parameters: MessageParameters<Code>) => Message;
  return { severity: "error", code, ...message(parameters), ...omitUndefined({ location, related }) };
}

/** Returns the start of a file, which is the location of problems with the whole file. */
export function topOf(file: string): SourceLocation {
  return { file, line: 1, column: 1, length: 1 };
}
