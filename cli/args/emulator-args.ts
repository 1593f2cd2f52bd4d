import { UsageError } from "../environment.ts";
import { defineCommand } from "./command.ts";
import { choice, flag, percentage, repeatableText, text, value, wholeNumber } from "./option.ts";

const MILLISECONDS = { maximum: 1_000_000_000 } as const;

const EMULATOR_OPTIONS = {
  seed: text("Start with the data in this file, for example a snapshot", "FILE"),
  state: text("Save the emulator's state to this file, and load it at the next start", "FILE"),
  port: wholeNumber("Port on 127.0.0.1 (default: any free port)", { maximum: 65_535 }),
  token: text("API token to accept (default: a new token at every start)", "TOKEN"),
  scopes: value(
    "Scopes of the token, such as contacts:read,custom_fields:read (default: all)",
    (input) => input.split(",").map((scope) => scope.trim()),
    "SCOPES",
  ),
  oauth: choice(
    ["login", "ci"],
    "Provide OAuth credentials instead of an API token: login (client ID and secret) or ci (client ID, secret and refresh token)",
  ),
  oauthClient: value(
    "Client ID and secret of the application (default: generated, or from --state)",
    parseOAuthClient,
    "ID:SECRET",
  ),
  rate: wholeNumber("Rate limit, in requests per window (default: 200; 0 disables it)"),
  window: wholeNumber("Milliseconds per rate limit window (default: 60000)", MILLISECONDS),
  others: percentage("Share of the rate limit that other integrations use, such as 30% (default: 0%)", {
    maximum: 100,
  }),
  latency: wholeNumber("Milliseconds before each request is processed (default: 0)", MILLISECONDS),
  indexLag: wholeNumber(
    "Milliseconds until listings and lookups by handle show a new contact or handle (default: 0)",
    MILLISECONDS,
  ),
  fault: repeatableText(
    "Inject a fault: [METHOD ]PATH[#NTH][~PROBABILITY]=KIND, such as 'POST /contacts#2=503'; see docs/emulator.md (repeatable)",
    "RULE",
  ),
  behave: repeatableText(
    "Choose a behavior that Front does not document (NAME means NAME=true); --behave list describes all behaviors and their defaults (repeatable)",
    "NAME[=VALUE]",
  ),
  log: flag("Print one line per request to standard error"),
} as const;

export const EMULATOR = defineCommand({
  description: "Run a local Front emulator for trials, rehearsals and tests",
  options: EMULATOR_OPTIONS,
  takesCommand: true,
  examples: {
    "front-contacts emulator -- front-contacts plan": "Plan against an empty company",
    "front-contacts emulator --seed company.json -- front-contacts apply": "Rehearse an apply on a snapshot",
    "front-contacts emulator --port 8080 --state front.json":
      "Serve until stopped; the next run continues from the saved state",
    "front-contacts emulator --fault 'POST /contacts#2=503' --rate 50 -- front-contacts apply --auto-approve":
      "Apply with a fault and a low rate limit",
  },
  toArgs(values, { command }) {
    if (command?.length === 0)
      throw new UsageError("Missing command after --", "Add a command after --, or remove --.");
    return { ...values, command };
  },
});

function parseOAuthClient(input: string): { readonly id: string; readonly secret: string } {
  const [, id, secret] = /^([^\s:]+):(\S+)$/.exec(input) ?? [];
  if (id !== undefined && secret !== undefined) return { id, secret };
  throw new UsageError(
    "The value of --oauth-client is not valid",
    "Use a client ID and a client secret, separated by a colon: ID:SECRET.",
  );
}
