import { FrontError, type FrontErrorCode, type Outcome } from "./api.ts";
import { decodeError, isErrorEnvelope } from "./decode.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { parseJson } from "./json.ts";
import type { RateLimitStatus } from "./request-budget.ts";
import { scopeOf } from "./scopes.ts";
import { redact } from "./token.ts";

/** Never shorter, so that no header can make us hammer Front. */
const SHORTEST_WAIT = 250;
/** Never longer: past this a person should decide. */
const LONGEST_WAIT = 120_000;
const USUAL_WINDOW = 60_000;

/** Milliseconds that Front asks us to wait after a 429; undefined when it is longer than anyone would want to wait. */
export function retryDelay({ headers, body }: HttpResponse): number | undefined {
  const asked = retryAfter(headers) ?? inMessage(body) ?? untilReset(headers) ?? USUAL_WINDOW;
  return asked > LONGEST_WAIT ? undefined : Math.max(asked, SHORTEST_WAIT);
}

/** Front counts in seconds (front-api.md 2); a date is what HTTP also allows. */
function retryAfter(headers: Headers): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? "";
  if (/^\d{1,7}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(text)) return undefined;
  const until = timeOf(text);
  const now = responseTime(headers);
  return until === undefined || now === undefined ? undefined : Math.max(until - now, 0);
}

function inMessage(body: Uint8Array): number | undefined {
  const found = /retry in (\d{1,9}) milliseconds/i.exec(decodeError(parseBody(body)));
  return found?.[1] === undefined ? undefined : Number(found[1]);
}

function untilReset(headers: Headers): number | undefined {
  const reset = number(headers, "x-ratelimit-reset");
  const now = responseTime(headers);
  if (reset === undefined || now === undefined) return undefined;
  return Math.max(reset * 1000 - now, 0);
}

/** Front's own clock, so that ours may be wrong. */
export function responseTime(headers: Headers): number | undefined {
  return timeOf(headers.get("date") ?? "");
}

function timeOf(date: string): number | undefined {
  const at = Date.parse(date);
  return Number.isNaN(at) ? undefined : at;
}

function number(headers: Headers, name: string): number | undefined {
  const text = headers.get(name);
  return text !== null && /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** Requests left in the window. Front was recorded to answer -1 in April 2024. */
export function remainingIn(headers: Headers): number | undefined {
  const text = headers.get("x-ratelimit-remaining");
  return text !== null && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/**
 * Whether a 429 comes from a tier, which limits one resource only. The tier header alone does not tell, because Front
 * sends it on routes that have a tier, whatever limit was exceeded: as long as requests remain, it was the tier's.
 */
export function isTierLimit({ headers }: HttpResponse): boolean {
  return headers.has("x-front-tier") && (remainingIn(headers) ?? 0) > 0;
}

/** The company's budget according to the headers. */
export function rateLimitStatus({ headers }: HttpResponse): RateLimitStatus | undefined {
  const limit = number(headers, "x-ratelimit-limit");
  const remaining = remainingIn(headers);
  if (limit === undefined || remaining === undefined || limit === 0) return undefined;
  const reset = number(headers, "x-ratelimit-reset");
  return {
    limit,
    remaining,
    burst: number(headers, "x-ratelimit-burst-remaining") ?? 0,
    endsAt: reset === undefined ? undefined : reset * 1000,
    answeredAt: responseTime(headers),
  };
}

/** The body as JSON; undefined when it is anything else, as a proxy's HTML page is. */
export function parseBody(body: Uint8Array): unknown {
  try {
    return parseJson(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

interface Meaning {
  readonly failure: FrontErrorCode;
  readonly advice: string;
}

const STATUS_MEANINGS: Readonly<Record<number, Meaning>> = {
  400: { failure: "refused", advice: "Mend what Front names, and plan again." },
  401: { failure: "unauthorized", advice: "Check FRONT_API_TOKEN: it may be mistyped, revoked or another company's." },
  403: {
    failure: "forbidden",
    advice: "Give the token more access in Front under Settings, Developers, API tokens.",
  },
  404: { failure: "missing", advice: "It was deleted or merged in the meantime; plan again." },
  409: { failure: "conflict", advice: "Plan again to see whose it is now." },
  413: { failure: "refused", advice: "Send less: an avatar may have 25 MB at most." },
  422: { failure: "refused", advice: "Mend what Front names, and plan again." },
};

/** An unknown contact and an unknown route are both 404 (front-api.md 3); only one of them is about a contact. */
const NO_ROUTE = /no such route/i;

/** Words an answer that is not a success. Says with `outcome` whether Front may have acted all the same. */
export function responseError(question: HttpRequest, answer: HttpResponse): FrontError {
  const { status } = answer;
  const { host } = question.url;
  const json = parseBody(answer.body);
  const said = withoutToken(decodeError(json), question);
  if (status === 404 && (NO_ROUTE.test(said) || !isErrorEnvelope(json))) {
    const advice = "Check FRONT_API_URL: Front's own is https://api2.frontapp.com, without a path.";
    return new FrontError("wrong-address", `${host} does not know this part of Front's API`, { advice, status });
  }
  const meaning = STATUS_MEANINGS[status];
  if (meaning === undefined) return brokenAnswer(question, answer, said);
  const message = said === "" ? unexplained(question, answer) : `Front says: ${said}`;
  return new FrontError(meaning.failure, message, { advice: adviceOn(meaning, question), status });
}

/** Where another token comes from, or which scope this one lacks. */
function adviceOn({ failure, advice }: Meaning, question: HttpRequest): string {
  const { bearer } = question;
  const scope = failure === "forbidden" && bearer !== undefined ? scopeOf(question) : undefined;
  if (scope !== undefined) {
    return `The token needs the scope ${scope}. Add it in Front under Settings, Developers, API tokens.`;
  }
  return failure === "unauthorized" && typeof bearer === "object" ? bearer.advice : advice;
}

function brokenAnswer(question: HttpRequest, answer: HttpResponse, said: string): FrontError {
  const { status, headers } = answer;
  const { host } = question.url;
  const outcome = outcomeIfUnanswered(question);
  if (status >= 300 && status < 400) {
    const advice = "Redirects are not followed, for they would take the token along. Check FRONT_API_URL and proxies.";
    const redirect = withoutToken(headers.get("location") ?? "", question);
    return new FrontError("broken", `${host} sends us elsewhere (${status})`, { outcome, advice, status, redirect });
  }
  const message = said === "" ? unexplained(question, answer) : `${host} answered ${status}: ${said}`;
  if (status < 500)
    return new FrontError("broken", message, { advice: "Plan again to see where things stand.", status });
  const advice = "Front has a problem; try again in a while.";
  return new FrontError("broken", message, { outcome, advice, status, transient: true });
}

/** A reading changes nothing, whatever becomes of it; any other request may have been carried out. */
export function outcomeIfUnanswered({ method }: HttpRequest): Outcome {
  return method === "GET" ? "not-done" : "unknown";
}

function unexplained(question: HttpRequest, { status, body }: HttpResponse): string {
  const about = bodyExcerpt(question, body);
  return `${question.url.host} answered ${status}${about === "" ? "" : `: ${about}`}`;
}

/** Enough of a page that is not Front's to recognise whose it is. */
export function bodyExcerpt(question: HttpRequest, body: Uint8Array): string {
  const page = new TextDecoder().decode(body.subarray(0, 4000));
  const text = withoutToken(page, question).replace(/\s+/g, " ").trim();
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** Proxies like to show in their error pages what they were sent. */
function withoutToken(text: string, { bearer }: HttpRequest): string {
  if (bearer === undefined) return text;
  return redact(text, typeof bearer === "string" ? [bearer] : bearer.secrets());
}
