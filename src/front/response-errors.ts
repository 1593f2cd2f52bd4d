import { describeUndecodable } from "../model/describe-undecodable.ts";
import { truncateTo } from "../model/truncate.ts";
import { FrontError, type FrontErrorCode, type FrontErrorOptions, type Outcome } from "./api.ts";
import { API_URL } from "./constants.ts";
import { ContactShapeError, decodeError, isErrorEnvelope, ShapeError } from "./decode.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { parseBody } from "./json.ts";
import { redact } from "./token.ts";
import { isOnFrontHost } from "./urls.ts";

interface StatusError {
  readonly code: FrontErrorCode;
  readonly advice: string;
}

const STATUS_ERRORS: Readonly<Record<number, StatusError>> = {
  400: { code: "refused", advice: "Fix the problem that Front reports, then run the command again." },
  401: {
    code: "unauthorized",
    advice: "Check FRONT_API_TOKEN: the token may be mistyped or revoked, or it may belong to another company.",
  },
  403: {
    code: "forbidden",
    advice: "Give the token more access in Front under Settings, Developers.",
  },
  404: { code: "missing", advice: "The resource was deleted or merged in the meantime. Run the command again." },
  409: { code: "conflict", advice: "Run the command again to see the conflict." },
  413: { code: "refused", advice: "Shorten long values, such as the description or custom fields." },
  422: { code: "refused", advice: "Fix the problem that Front reports, then run the command again." },
};

const PICTURE_TOO_LARGE: StatusError = {
  code: "refused",
  advice: "Use a smaller picture: the maximum size of an avatar is 25 MB.",
};

/**
 * Statuses from which callers draw conclusions about Front, for example that a scope is missing. They are ignored if
 * the body is neither empty nor JSON, because a proxy may then have sent the response.
 */
const MEANINGFUL_ERRORS: ReadonlySet<number> = new Set([400, 403, 404, 409, 422]);

const CHECK_PROXY =
  "Check the base URL (FRONT_API_URL) and proxies: another server between this machine and Front may have sent the response.";

const CHECK_UNEXPECTED = "Check the base URL (FRONT_API_URL) and proxies, then run the command again.";

/** A proxy may send this status after it forwarded the request, so it is handled like a 5xx. */
const REQUEST_TIMEOUT_STATUS = 408;

/** Front's message for an unknown route. The status is 404, as for an unknown contact (docs/front.md#errors). */
const NO_ROUTE = /no such route/i;

export function responseError(request: HttpRequest, response: HttpResponse): FrontError {
  const { status } = response;
  const { host } = request.url;
  const json = parseBody(response.body);
  const reason = withoutToken(decodeError(json), request);
  const isTruncated = json === undefined && startsLikeJson(response.body);
  if (status === 404 && !isTruncated && (NO_ROUTE.test(reason) || !isErrorEnvelope(json))) {
    const advice = `Check the base URL (FRONT_API_URL): Front's API is at ${API_URL}, without a path.`;
    return new FrontError("wrong-address", `${host} does not have this endpoint of Front's API`, { advice, status });
  }
  const statusError = statusErrorOf(request, status);
  if (statusError === undefined) return unexpectedStatusError(request, response, reason);
  if (json === undefined && MEANINGFUL_ERRORS.has(status) && response.body.byteLength > 0) {
    const transient = isTruncated && isRepeatable(request);
    return new FrontError("unreadable", withExcerpt(request, response), { advice: CHECK_PROXY, status, transient });
  }
  const withoutReason = isErrorEnvelope(json) ? `Front responded with ${status}` : withExcerpt(request, response);
  const message = reason === "" ? withoutReason : `Front responded: ${reason}`;
  return new FrontError(statusError.code, message, { advice: adviceFor(statusError, request, reason), status });
}

function statusErrorOf({ form }: HttpRequest, status: number): StatusError | undefined {
  return status === 413 && form instanceof FormData ? PICTURE_TOO_LARGE : STATUS_ERRORS[status];
}

/** Matches the message of a 403 for something that the company's subscription excludes. */
export const NOT_IN_SUBSCRIPTION = /\byour plan\b/i;

function adviceFor({ code, advice }: StatusError, request: HttpRequest, reason: string): string {
  const { bearer } = request;
  if (code === "forbidden" && NOT_IN_SUBSCRIPTION.test(reason)) {
    return "Change the company's Front subscription, or remove what requires it from the configuration.";
  }
  const scope = code === "forbidden" && bearer !== undefined ? scopeOf(request) : undefined;
  if (scope !== undefined) {
    return `The token needs the scope ${scope}. Add it in Front under Settings, Developers.`;
  }
  if (code === "missing" && request.url.pathname.startsWith("/teams/")) {
    return "Correct the ID of the workspace, or use a token that can access the workspace.";
  }
  return code === "unauthorized" && typeof bearer === "object" ? bearer.advice : advice;
}

function unexpectedStatusError(request: HttpRequest, response: HttpResponse, reason: string): FrontError {
  const { status, headers } = response;
  const { host } = request.url;
  const outcome = outcomeWithoutResponse(request);
  if (status >= 300 && status < 400) {
    if (pointsToAnotherContact(request, headers.get("location"))) {
      const { advice } = STATUS_ERRORS[404] as StatusError;
      return new FrontError("missing", "The contact was merged into another contact", { outcome, advice, status });
    }
    const otherHost = otherHostOfFront(request, headers.get("location"));
    const advice = `${
      otherHost === undefined
        ? "Check the base URL (FRONT_API_URL) and proxies."
        : `Set the base URL (FRONT_API_URL) to ${otherHost}.`
    } A redirect is not followed, because it would forward the token.`;
    const redirect = withoutToken(headers.get("location") ?? "", request);
    const message = `${host} redirected the request (${status}); redirects are not followed`;
    return new FrontError("broken", message, { outcome, advice, status, redirect });
  }
  const message = reason === "" ? withExcerpt(request, response) : `${host} responded with ${status}: ${reason}`;
  if (status < 500 && status !== REQUEST_TIMEOUT_STATUS) {
    return new FrontError("broken", message, { advice: CHECK_UNEXPECTED, status });
  }
  const advice = "Front has a problem. Try again later.";
  return new FrontError("broken", message, { outcome, advice, status, transient: true });
}

const CONTACT_PATH = /^\/contacts\/(crd_\w+)(?:\/.*)?$/;

/** Front may redirect from IDs of merged contacts, but documents no redirect (docs/front.md#merging-contacts). */
function pointsToAnotherContact({ url }: HttpRequest, location: string | null): boolean {
  if (location === null || !URL.canParse(location, url.href)) return false;
  const target = new URL(location, url);
  const [requested, other] = [url, target].map(({ pathname }) => CONTACT_PATH.exec(pathname)?.[1]);
  return requested !== undefined && other !== undefined && requested !== other && isOnFrontHost(target, url);
}

/** Returns the origin of a redirect to the same endpoint on another of Front's hosts; undefined for other redirects. */
function otherHostOfFront({ url }: HttpRequest, location: string | null): string | undefined {
  if (location === null || !URL.canParse(location, url.href)) return undefined;
  const target = new URL(location, url);
  const isSameEndpoint = target.pathname === url.pathname && target.host !== url.host;
  return isSameEndpoint && target.protocol === "https:" && isOnFrontHost(target, url) ? target.origin : undefined;
}

/** Returns the outcome of a request without a usable response. Any request except a GET may have been processed. */
export function outcomeWithoutResponse({ method }: HttpRequest): Outcome {
  return method === "GET" ? "not-done" : "unknown";
}

/**
 * Returns the decoded body of a response. Throws a `FrontError` if the body is not JSON or if `decode` throws a
 * `ShapeError`. If the request is a write, the outcome of the error is `unknown`.
 */
export function readJson<T>(request: HttpRequest, response: HttpResponse, decode: (json: unknown) => T): T {
  const { status, body } = response;
  const { host } = request.url;
  const outcome = outcomeWithoutResponse(request);
  const json = parseBody(body);
  if (json === undefined) {
    const message = `${host} responded with ${status}, but not with JSON: ${bodyExcerpt(request, body)}`;
    const transient = isRepeatable(request) && startsLikeJson(body);
    throw new FrontError("unreadable", message, { outcome, advice: CHECK_PROXY, status, transient });
  }
  try {
    return decode(json);
  } catch (error) {
    if (error instanceof ContactShapeError) throw undecodableContact(error, { outcome, status });
    if (!(error instanceof ShapeError)) throw error;
    const message = `${host} sent a response with an unexpected shape: ${error.message}`;
    throw new FrontError("unreadable", message, { outcome, advice: CHECK_PROXY, status });
  }
}

function undecodableContact(
  { contact }: ContactShapeError,
  options: Pick<FrontErrorOptions, "outcome" | "status">,
): FrontError {
  const message = `Cannot decode ${describeUndecodable(contact.id)}: ${contact.problem}`;
  const advice = "Correct the contact in Front, or ask Front support what the response means.";
  return new FrontError("undecodable", message, { ...options, advice, contact });
}

/** Returns whether a request may be sent again. True for a write after a read, because the read is repeated too. */
function isRepeatable({ method, followsRead }: HttpRequest): boolean {
  return method === "GET" || followsRead === true;
}

/**
 * Invalid JSON that starts correctly was probably truncated. Without a content length, the truncation is not detected
 * earlier.
 */
function startsLikeJson(body: Uint8Array): boolean {
  return /^\s*[{[]/.test(new TextDecoder().decode(body.subarray(0, 100)));
}

function withExcerpt(request: HttpRequest, { status, body }: HttpResponse): string {
  const excerpt = bodyExcerpt(request, body);
  return `${request.url.host} responded with ${status}${excerpt === "" ? "" : `: ${excerpt}`}`;
}

/** Returns the first 80 characters of a body, which may identify the server that sent it. */
export function bodyExcerpt(request: HttpRequest, body: Uint8Array): string {
  const start = new TextDecoder().decode(body.subarray(0, 4000));
  const text = withoutToken(start, request).replace(/\s+/g, " ").trim();
  return truncateTo(text, 80);
}

/** Redacts the token, because the error page of a proxy may contain the request. */
function withoutToken(text: string, { bearer }: HttpRequest): string {
  if (bearer === undefined) return text;
  return redact(text, typeof bearer === "string" ? [bearer] : bearer.secrets());
}

type Method = HttpRequest["method"] | "any";

/**
 * The scopes that Front documents for each endpoint (docs/front.md#authentication-and-scopes). The first match is used.
 */
const SCOPES: readonly (readonly [path: RegExp, method: Method, scope: string])[] = [
  [/\/custom_fields$/, "any", "custom_fields:read"],
  [/\/teammates$/, "any", "teammates:read"],
  [/\/inboxes$/, "any", "inboxes:read"],
  [/\/contacts\/[^/]+\/conversations$/, "any", "conversations:read"],
  [/\/accounts\/[^/]+\/contacts$/, "GET", "contacts:read"],
  [/\/accounts\/[^/]+\/contacts$/, "any", "accounts:write"],
  [/\/accounts(\/[^/]+)?$/, "GET", "accounts:read"],
  [/\/accounts\/[^/]+$/, "DELETE", "accounts:delete"],
  [/\/accounts(\/[^/]+)?$/, "any", "accounts:write"],
  [/\/(contacts|contact_lists)\/[^/]+$/, "DELETE", "contacts:delete"],
  [/\/(contacts|contact_lists)(\/|$)/, "GET", "contacts:read"],
  [/\/(contacts|contact_lists)(\/|$)/, "any", "contacts:write"],
];

/** Returns the scope that a request requires; undefined if Front documents none. */
function scopeOf({ method, url }: Pick<HttpRequest, "method" | "url">): string | undefined {
  return SCOPES.find(([path, allowed]) => path.test(url.pathname) && ["any", method].includes(allowed))?.[2];
}
