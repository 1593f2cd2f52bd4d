/** The environment variables of the program, as help and docs/cli.md list them. */
export const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ["FRONT_API_TOKEN", "API token; not an option, because options are visible in process lists"],
  ["FRONT_API_URL", "API address (default: https://api2.frontapp.com)"],
  ["FRONT_OAUTH_CLIENT_ID", "Client ID of the OAuth application, for login and for CI"],
  ["FRONT_OAUTH_CLIENT_SECRET", "Client secret of the OAuth application"],
  ["FRONT_OAUTH_REFRESH_TOKEN", "Refresh token, for OAuth in CI"],
  ["FRONT_OAUTH_URL", "OAuth server (default: https://app.frontapp.com/oauth)"],
  ["FRONT_CONTACTS_PLAN_KEY", "Key that signs saved plans; if it is set, apply and show require a valid signature"],
  ["FRONT_CONTACTS_BACKOFF_MS", "Base delay before a retry, in milliseconds (default: 500)"],
  ["NO_COLOR, FORCE_COLOR", "Disable or enable colors"],
];

/** The exit codes of the program. */
export const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "Success"],
  [
    "1",
    "An error, an apply that was interrupted, incomplete or not verified, or an entry that was left out of the plan",
  ],
  ["2", "plan --detailed-exitcode: there are changes"],
  ["3", "fmt --check: a file is not formatted"],
];
