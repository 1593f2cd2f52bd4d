/**
 * Facts about Front's API, each with the section of docs/front.md that cites its public source, and limits that were
 * chosen for this client.
 */

/** The API host for every company (docs/front.md#hosts). */
export const API_URL = "https://api2.frontapp.com";
/** The OAuth endpoints for every company (docs/front.md#hosts). */
export const OAUTH_URL = "https://app.frontapp.com/oauth";

/** Number of items on a page: the documented maximum (docs/front.md#listings). */
export const PAGE_SIZE = 100;
/**
 * Seconds by which a listing of changed contacts overlaps the previous reading of contacts, because listings may lag
 * (docs/front.md#consistency).
 */
export const OVERLAP_SECONDS = 60;
/** Maximum number of consecutive empty pages before a listing is treated as endless. Front may send empty pages. */
export const MAX_EMPTY_PAGES = 50;
/** Maximum number of pages before a listing is treated as endless: five million contacts. */
export const MAX_PAGES = 50_000;
/**
 * Maximum number of contacts in one request that changes the members of a list or account
 * (docs/front.md#contact-lists).
 */
export const BULK_SIZE = 50;

/** Length of the rate limit window in milliseconds if the headers do not specify it (docs/front.md#rate-limits). */
export const DEFAULT_WINDOW = 60_000;
/** Maximum length of a rate limit window in milliseconds, regardless of the headers. */
export const MAX_WINDOW = 600_000;
/** Share of the rate limit to leave for the company's other integrations. */
export const DEFAULT_RESERVE = 0.2;
/**
 * Default maximum number of requests in flight. More would not help, because the rate limit determines the throughput.
 */
export const DEFAULT_PARALLELISM = 4;

/** Minimum wait after a 429 in milliseconds, regardless of the headers. */
export const MIN_RETRY_DELAY = 250;
/**
 * Maximum wait after a 429 in milliseconds. If Front requires a longer wait, the run ends and the user decides whether
 * to wait.
 */
export const MAX_RETRY_DELAY = 120_000;
/**
 * Maximum number of attempts, including the first. Attempts that end with a 429 or the renewal of the token count only
 * toward the retry quota.
 */
export const MAX_ATTEMPTS = 5;
/** Default maximum milliseconds before the second attempt. Doubles with each further attempt, up to `MAX_BACKOFF`. */
export const DEFAULT_BACKOFF = 500;
/** Minimum length in milliseconds of a pause that is reported to the user. */
export const MIN_REPORTED_PAUSE = 1000;
/** Maximum wait between two attempts in milliseconds. */
export const MAX_BACKOFF = 30_000;
/**
 * The retry quota of a run, as in the AWS SDKs: each success returns one token, and each retry consumes `perRetry`
 * tokens, or `perConnectionFailure` tokens after a failed connection. A failed write with an unknown outcome counts as
 * a retry. Retries after simultaneous 429s count as one, unless Front also rejects the next request. The run therefore
 * stops soon if Front is down.
 */
export const RETRY_QUOTA = { size: 50, perRetry: 5, perConnectionFailure: 10 };

/** Timeout in milliseconds of one request, including its whole response. */
export const REQUEST_TIMEOUT = 30_000;
/** Timeout in milliseconds of the upload or download of an avatar: enough for 25 MB at 2 Mbit/s. */
export const AVATAR_TIMEOUT = 120_000;
/**
 * Milliseconds that requests in flight have after an interrupt. GitHub Actions sends a SIGTERM 7.5 seconds after the
 * interrupt.
 */
export const INTERRUPT_TIMEOUT = 6_000;
/** Maximum size of a response in bytes after decompression. A page of 100 contacts takes a few hundred kilobytes. */
export const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;
/** Maximum size of an avatar in bytes, as documented (docs/front.md#avatars). */
export const MAX_AVATAR_BYTES = 25 * 1024 * 1024;
/** Maximum size of an OAuth response in bytes. Actual responses take a few kilobytes. */
export const MAX_OAUTH_BYTES = 256 * 1024;
/**
 * Maximum size of a file with a secret in bytes. A token has a few hundred characters, a saved login a few thousand.
 */
export const MAX_SECRET_BYTES = 64 * 1024;

/** Lifetime of an access token in milliseconds if the response does not specify it (docs/front.md#oauth). */
export const DEFAULT_TOKEN_LIFETIME = 3_600_000;
/** Milliseconds before expiry at which an access token is renewed, because clocks differ and requests take time. */
export const RENEWAL_MARGIN = 5 * 60_000;
