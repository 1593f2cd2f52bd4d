import {
  durationWords,
  escapeText,
  type RequestRate,
  type SnapshotProgress,
  type SnapshotSummary,
} from "../../src/index.ts";

/** Returns one line such as `1,200 of about 20,000 contacts, about 2m left`. */
export function renderSnapshotProgress(
  { doing, done, total, requestsLeft }: SnapshotProgress,
  pace: RequestRate | undefined,
): string {
  const about = doing === "contacts" && requestsLeft !== 0 ? "about " : "";
  const count = total === undefined || total === done ? counted(done) : `${counted(done)} of ${about}${counted(total)}`;
  const seconds = pace === undefined || !requestsLeft ? 0 : Math.ceil((requestsLeft * 60) / pace.perMinute);
  return `${count} ${doing}${seconds === 0 ? "" : `, about ${durationWords(seconds)} left`}`;
}

function counted(count: number): string {
  return count.toLocaleString("en-US");
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

export function renderSnapshot(summary: SnapshotSummary, file: string): string {
  const counts = NOUNS.flatMap(([key, one, several = `${one}s`]) => {
    const count = summary[key];
    return count === 0 && key !== "contacts" ? [] : [`${counted(count)} ${count === 1 ? one : several}`];
  });
  const { id, name } = summary.company;
  return [
    `Wrote ${escapeText(file)}: ${counts.join(", ")} of ${escapeText(name)} (${id}).`,
    `Requests: ${counted(summary.requests)} made.`,
    "",
    "The file holds personal data. Rehearse on the copy:",
    "",
    `  front-contacts emulator --seed ${escapeText(file)} -- front-contacts plan`,
    "",
  ].join("\n");
}

const MISSING: Readonly<Record<string, string>> = {
  teammates: "teammates (scope teammates:read): the copy has those that custom fields of contacts name",
  inboxes: "inboxes (scope inboxes:read): the copy has those that custom fields of contacts name",
  accounts: "accounts (scope accounts:read): the copy has none, and contacts belong to none",
  account_custom_fields: "custom fields of accounts (scope custom_fields:read): the copy defines none",
};

/** Returns warnings about data that the token cannot read. */
export function renderSnapshotWarnings({ denied }: SnapshotSummary): string {
  return denied.map((part) => `Warning: The token may not read ${MISSING[part] ?? part}.\n`).join("");
}

/** Returns the result as JSON. */
export function snapshotJson({ customFields, denied, ...summary }: SnapshotSummary, file: string): object {
  return { file, ...summary, custom_fields: customFields, not_permitted: denied };
}
