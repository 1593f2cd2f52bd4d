import {
  escapeText,
  formatDuration,
  type RequestRate,
  type SnapshotProgress,
  type SnapshotSummary,
} from "../../src/internal.ts";
import { commandLine } from "./advice.ts";
import { groupDigits, plural, shellQuote, shorten } from "./text.ts";

/** Returns text such as `1,200 of about 20,000 contacts, about 2 min left`. */
export function renderSnapshotProgress(
  { phase, done, total, requestsLeft }: SnapshotProgress,
  rate: RequestRate | undefined,
): string {
  const about = phase === "contacts" && requestsLeft !== 0 ? "about " : "";
  const count =
    total === undefined || total === done ? groupDigits(done) : `${groupDigits(done)} of ${about}${groupDigits(total)}`;
  const seconds = rate === undefined || !requestsLeft ? 0 : Math.ceil((requestsLeft * 60) / rate.perMinute);
  const noun = done === 1 && (total ?? 1) === 1 ? phase.slice(0, -1) : phase;
  return `${count} ${noun}${seconds === 0 ? "" : `, about ${formatDuration(seconds)} left`}`;
}

const NOUNS = [
  ["contacts", "contact"],
  ["lists", "list"],
  ["customFields", "custom field"],
  ["accounts", "account"],
  ["teammates", "teammate"],
  ["inboxes", "inbox", "inboxes"],
  ["avatars", "avatar"],
] as const satisfies readonly (readonly [keyof SnapshotSummary, string, string?])[];

export function renderSnapshot(summary: SnapshotSummary, file: string, contacts = "contacts"): string {
  const counts = NOUNS.flatMap(([key, one, several]) =>
    summary[key] === 0 && key !== "contacts" ? [] : [plural(summary[key], one, several)],
  );
  const { id, name } = summary.company;
  return [
    `Wrote ${escapeText(file)}: ${counts.join(", ")} of ${escapeText(name)} (${id}).`,
    `Requests: ${groupDigits(summary.requests)} made.`,
    "",
    "The file contains personal data. To test a plan on this copy of the company, run:",
    "",
    `  front-contacts emulator --seed ${shellQuote(file)} -- ${commandLine("plan", contacts)}`,
    "",
  ].join("\n");
}

const MISSING: Readonly<Record<string, string>> = {
  teammates:
    "teammates (scope teammates:read): of the teammates, the snapshot contains only those in custom fields of contacts",
  inboxes:
    "inboxes (scope inboxes:read): of the inboxes, the snapshot contains only those in custom fields of contacts",
  accounts: "accounts (scope accounts:read): the snapshot contains neither accounts nor their members",
  account_custom_fields: "account custom fields (scope custom_fields:read): the snapshot contains none",
};

const MAX_NAMED = 5;

export function renderSnapshotWarnings({ unreadableListings, unreadableReasons, omissions }: SnapshotSummary): string {
  const byListing = new Map<string, string[]>();
  for (const { listing, shown } of omissions.items) byListing.set(listing, [...(byListing.get(listing) ?? []), shown]);
  const warnings = [
    ...unreadableListings.map((listing) => {
      const reason = unreadableReasons.get(listing) ?? "";
      return `The token cannot read ${MISSING[listing] ?? listing}.${reason === "" ? "" : ` ${escapeText(reason)}`}`;
    }),
    ...[...byListing].map(
      ([listing, shown]) =>
        `The snapshot omits items of the listing "${listing}", usually because their IDs are invalid: ${joinNames(shown)}.`,
    ),
    ...omissionNote("The snapshot omits properties of accounts", omissions.accountProperties),
    ...omissionNote(
      "The snapshot omits account members that are missing from Front's list of contacts",
      omissions.unlistedMembers,
    ),
  ];
  return warnings.map((text) => `Warning: ${text}\n`).join("");
}

function omissionNote(description: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${description}: ${joinNames(names)}.`];
}

function joinNames(names: readonly string[]): string {
  const escaped = names.map((name) => escapeText(name));
  return shorten(escaped, MAX_NAMED, (omitted) => `${groupDigits(omitted)} more`).join(", ");
}

export function snapshotJson(
  { customFields, unreadableListings, unreadableReasons: _, omissions, ...summary }: SnapshotSummary,
  file: string,
): object {
  const { items, accountProperties, unlistedMembers } = omissions;
  const left_out = { items, account_properties: accountProperties, unlisted_members: unlistedMembers };
  return { file, ...summary, custom_fields: customFields, not_permitted: unreadableListings, left_out };
}
