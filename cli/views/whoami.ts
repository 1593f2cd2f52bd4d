import { type CheckedCollection, escapeText, type RateLimit, type TokenInfo } from "../../src/internal.ts";
import type { Credentials } from "../auth/credentials.ts";
import type { Colors } from "./colors.ts";
import { groupDigits } from "./text.ts";

const NAMES: Readonly<Record<CheckedCollection, string>> = {
  contacts: "contacts",
  "custom-fields": "custom fields",
  "contact-lists": "contact lists",
  accounts: "accounts",
};

const REQUIRED_BY: Readonly<Record<CheckedCollection, string>> = {
  contacts: "plan, apply, undo, import and snapshot",
  "custom-fields": "plan, apply and undo (with custom_fields), import, snapshot and schema --from-front",
  "contact-lists": "plan, apply and undo (with lists), import --list, snapshot and schema --from-front",
  accounts: "plan, apply and undo (with account or accounts), and import --accounts",
};

/** The scopes that each command needs, according to Front's documentation of the requests that the command sends. */
const COMMAND_SCOPES: readonly (readonly [command: string, scopes: string])[] = [
  ["plan", "contacts:read; custom_fields:read with custom fields; accounts:read with account or accounts"],
  ["", "conversations:read to count the conversations of contacts to be deleted (optional)"],
  ["apply, undo", "the scopes of plan, and contacts:write; accounts:write with account or accounts"],
  ["", "contacts:delete with ensure: absent or missing: absent, or to undo creations"],
  ["", "accounts:delete with accounts that have ensure: absent, or to undo creations of accounts"],
  ["import", "contacts:read, custom_fields:read; accounts:read with --accounts"],
  ["snapshot", "contacts:read, custom_fields:read; accounts:read, teammates:read and inboxes:read (optional)"],
  ["schema --from-front", "contacts:read, custom_fields:read; teammates:read and inboxes:read (optional)"],
];

type Row = readonly [name: string, text: string];

export function renderWhoami(
  { company, rateLimit, permissions }: TokenInfo,
  credentials: Credentials,
  colors: Colors,
): string {
  const readable = permissions.filter(({ isPermitted }) => isPermitted).map(({ collection }) => NAMES[collection]);
  const rows: readonly Row[] = [
    ["Company", `${escapeText(company.name)} (${company.id})`],
    ["Signed in", describeCredentials(credentials)],
    ["Rate limit", rateLimit === undefined ? "not reported by Front" : describeLimit(rateLimit)],
    ["Can read", readable.join(", ") || "none of the checked data"],
    ...permissions.flatMap(({ collection, scope, isPermitted, reason = "" }): Row[] => {
      if (isPermitted) return [];
      return isPermitted === undefined
        ? [["Unknown", `${NAMES[collection]}: ${escapeText(reason)}`]]
        : [
            [
              "Cannot read",
              `${NAMES[collection]} (${scope}), required by ${REQUIRED_BY[collection]}. ${escapeText(reason)}`,
            ],
          ];
    }),
  ];
  const table = rows.map(([name, text]) => `${colors.bold(name.padEnd(14))}${text}`);
  const scopes = COMMAND_SCOPES.map(([command, needed]) => `  ${command.padEnd(21)}${needed}`);
  return `${table.join("\n")}

Front does not report what a token can write or delete.
Scopes that each command needs:
${scopes.join("\n")}
`;
}

function describeCredentials(credentials: Credentials): string {
  if (credentials.kind === "api-token") return `with the API token from ${escapeText(credentials.source)}`;
  const { token, login, source } = credentials;
  const since = login === undefined ? "" : `, ${dateTime(login.signedInAt)}`;
  const until =
    token.expiresAt === undefined
      ? ""
      : `; the token is valid until ${dateTime(token.expiresAt)} and then renewed automatically`;
  return `with OAuth (${source}${since})${until}`;
}

function dateTime(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

function describeLimit({ limit, remaining, secondsToReset, burstLimit, burstRemaining }: RateLimit): string {
  const window = secondsToReset === undefined ? "" : `; resets in ${secondsToReset} s`;
  const left = burstRemaining === undefined ? "?" : groupDigits(burstRemaining);
  const burst = burstLimit === undefined ? "" : `; burst pool: ${left} of ${groupDigits(burstLimit)} left`;
  return `${groupDigits(remaining)} of ${groupDigits(limit)} requests left${window}${burst}`;
}

export function whoamiJson({ company, rateLimit, permissions }: TokenInfo, credentials: Credentials): object {
  return {
    format_version: "1.0",
    company: { id: company.id, name: company.name },
    signed_in: {
      kind: credentials.kind,
      from: credentials.source,
      expires_at:
        credentials.kind === "oauth" && credentials.token.expiresAt !== undefined
          ? dateTime(credentials.token.expiresAt)
          : null,
    },
    rate_limit: rateLimit === undefined ? null : limitJson(rateLimit),
    reads: permissions.map(({ collection, scope, isPermitted, reason }) => ({
      what: collection,
      scope,
      permitted: isPermitted ?? null,
      ...(isPermitted === true ? {} : { reason: reason ?? "", missing_for: REQUIRED_BY[collection] }),
    })),
    writes: null,
  };
}

function limitJson({ limit, remaining, secondsToReset, burstLimit, burstRemaining }: RateLimit): object {
  return {
    limit,
    remaining,
    seconds_to_reset: secondsToReset ?? null,
    burst_limit: burstLimit ?? null,
    burst_remaining: burstRemaining ?? null,
  };
}
