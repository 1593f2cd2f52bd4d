/**
 * Facts about Front's API and the limits that this client sets itself. A comment names the section of docs/front.md
 * that gives the public source of a fact; a value without a section is a choice, with its reason.
 */

/** The API host for every company (docs/front.md#hosts). */
export const API_URL = "https://api2.frontapp.com";
/** The OAuth endpoints for every company (docs/front.md#hosts). */
export const OAUTH_URL = "https://app.frontapp.com/oauth";

/** Contacts on one page of a listing: the documented maximum (docs/front.md#listings). */
export const PAGE_SIZE = 100;
/** Seconds by which a listing of changes overlaps the last reading, because listings may lag (docs/front.md#consistency). */
export const OVERLAP_SECONDS = 60;
/** Consecutive pages without an item before a listing is taken to be endless. Front may send empty pages. */
export const MAX_EMPTY_PAGES = 50;
/** Pages before a listing is taken to be endless: five million contacts. */
export const MAX_PAGES = 50_000;
/** Contacts in one request to add to or remove from a list or an account (docs/front.md#contact-lists). */
export const BULK_SIZE = 50;

/** Milliseconds of the rate limit's window, where the headers do not say (docs/front.md#rate-limits). */
export const DEFAULT_WINDOW = 60_000;
/** Milliseconds: a window that the headers say is longer is taken to be this long. */
export const MAX_WINDOW = 600_000;
/** Share of the rate limit that is left to the company's other integrations. */
export const DEFAULT_RESERVE = 0.2;
/** Requests in flight: enough to hide the latency, because the rate limit sets the speed. */
export const DEFAULT_PARALLELISM = 4;

/** Milliseconds to wait after a 429 at the least, so that no header makes this client send without a pause. */
export const MIN_RETRY_DELAY = 250;
/** Milliseconds to wait after a 429 at the most; a longer delay ends the run, because a person should decide. */
export const MAX_RETRY_DELAY = 120_000;
/** Attempts for one request that fails temporarily, the first one included. */
export const MAX_ATTEMPTS = 5;
/** Milliseconds before the second attempt; doubles with each further attempt. */
export const DEFAULT_BACK_OFF = 500;
/** Milliseconds: shorter pauses are not announced. */
export const ANNOUNCED_PAUSE = 1000;
/** Milliseconds between two attempts at the most. */
export const MAX_BACK_OFF = 30_000;
/**
 * Retries that one run can afford, as in the AWS SDKs' retry quota: each retry takes from the quota and each success
 * returns 1, so a server that is down is not hammered.
 */
export const RETRY_QUOTA = { size: 50, perRetry: 5, perUnreachable: 10 };

/** Milliseconds for one request and its whole response. */
export const REQUEST_TIMEOUT = 30_000;
/** Milliseconds to upload or download an avatar: 25 MB at 2 Mbit/s. */
export const AVATAR_TIMEOUT = 120_000;
/** Milliseconds for requests in flight after an interrupt: CI systems kill a job 7.5 seconds after it. */
export const INTERRUPT_TIMEOUT = 6_000;
/** Bytes of one response after decompression. A page of 100 contacts has a few hundred kilobytes. */
export const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;
/** Bytes of an avatar: the documented maximum (docs/front.md#avatars). */
export const MAX_AVATAR_BYTES = 25 * 1024 * 1024;
/** Bytes of a response of the OAuth endpoint, which has a few kilobytes. */
export const MAX_OAUTH_BYTES = 256 * 1024;
/** Bytes of a file with a secret. A token has some hundred characters, a saved login some thousand. */
export const MAX_SECRET_BYTES = 64 * 1024;

/** Milliseconds that an access token lasts, where the response does not say (docs/front.md#oauth). */
export const DEFAULT_TOKEN_LIFETIME = 3_600_000;
/** Milliseconds before its end at which an access token is renewed, because clocks differ and requests take time. */
export const RENEWAL_MARGIN = 5 * 60_000;
