import { FrontError, type FrontFailure } from "./api.ts";
import type { Answer } from "./exchange.ts";
import type { Budget } from "./limiter.ts";
import { decodeError } from "./wire.ts";

/** Never shorter, so that no header can make us hammer Front. */
const SHORTEST_WAIT = 250;
/** Never longer: past this a person should decide. */
const LONGEST_WAIT = 120_000;
const USUAL_WINDOW = 60_000;

/** Milliseconds that Front asks us to wait after a 429; undefined when it is longer than anyone would want to wait. */
export function askedWait({ headers, body }: Answer): number | undefined {
  const asked = retryAfter(headers) ?? inMessage(body) ?? untilReset(headers) ?? USUAL_WINDOW;
  return asked > LONGEST_WAIT ? undefined : Math.max(asked, SHORTEST_WAIT);
}

/** Front counts in seconds (front-api.md 2); a date is what HTTP also allows. */
function retryAfter(headers: Headers): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? "";
  if (/^\d{1,7}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(text)) return undefined;
  const now = answeredAt(headers);
  return now === undefined ? undefined : Math.max(Date.parse(text) - now, 0);
}

function inMessage(body: Uint8Array): number | undefined {
  const found = /retry in (\d{1,9}) milliseconds/i.exec(decodeError(parsed(body)));
  return found?.[1] === undefined ? undefined : Number(found[1]);
}

function untilReset(headers: Headers): number | undefined {
  const reset = number(headers, "x-ratelimit-reset");
  const now = answeredAt(headers);
  if (reset === undefined || now === undefined) return undefined;
  return Math.max(reset * 1000 - now, 0);
}

/** Front's own clock, so that ours may be wrong. */
function answeredAt(headers: Headers): number | undefined {
  const at = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(at) ? undefined : at;
}

function number(headers: Headers, name: string): number | undefined {
  const text = headers.get(name);
  return text !== null && /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** What the headers say of the company's budget; `monotonic` is when the answer came. */
export function budgetOf({ headers }: Answer, monotonic: number): Budget | undefined {
  const limit = number(headers, "x-ratelimit-limit");
  const remaining = number(headers, "x-ratelimit-remaining");
  if (limit === undefined || remaining === undefined || limit === 0) return undefined;
  const window = Math.min(untilReset(headers) ?? USUAL_WINDOW, 10 * USUAL_WINDOW);
  /** The Date header counts whole seconds, so the window may end up to a second later than it seems. */
  return { limit, remaining, resetAt: monotonic + window };
}

/** The body as JSON; undefined when it is anything else, as a proxy's HTML page is. */
export function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

interface Meaning {
  readonly failure: FrontFailure;
  readonly advice: string;
}

const STATUS_MEANINGS: Readonly<Record<number, Meaning>> = {
  400: { failure: "refused", advice: "Mend what Front names, and plan again." },
  401: { failure: "unauthorized", advice: "Check FRONT_API_TOKEN: it may be mistyped, revoked or another company's." },
  403: {
    failure: "forbidden",
    advice: "Give the token access to contacts (read and write) in Front's settings under Developers, API tokens.",
  },
  404: { failure: "missing", advice: "It was deleted or merged in the meantime; plan again." },
  409: { failure: "conflict", advice: "Plan again to see whose it is now." },
  413: { failure: "refused", advice: "Send less: an avatar may have 25 MB at most." },
  422: { failure: "refused", advice: "Mend what Front names, and plan again." },
};

/** An unknown contact and an unknown route are both 404 (front-api.md 3); only one of them is about a contact. */
const NO_ROUTE = /no such route/i;

/** Words an answer that is not a success. Says with `outcome` whether Front may have acted all the same. */
export function failureOf(answer: Answer, host: string): FrontError {
  const { status, body } = answer;
  const json = parsed(body);
  const said = decodeError(json);
  if (status === 404 && (json === undefined || NO_ROUTE.test(said))) {
    const advice = "Check FRONT_API_URL: Front's own is https://api2.frontapp.com, without a path.";
    return new FrontError("wrong-address", `${host} does not know this part of Front's API`, { advice, status });
  }
  const meaning = STATUS_MEANINGS[status];
  if (meaning === undefined) return brokenAnswer(answer, host, said === "" ? beginning(body) : said);
  const message = said === "" ? `${host} answered ${status}` : `Front says: ${said}`;
  return new FrontError(meaning.failure, message, { advice: meaning.advice, status });
}

function brokenAnswer({ status, headers }: Answer, host: string, about: string): FrontError {
  if (status >= 300 && status < 400) {
    const advice = "Redirects are not followed, for they would take the token along. Check FRONT_API_URL and proxies.";
    const location = headers.get("location") ?? undefined;
    const options = { outcome: "unknown", advice, status, location } as const;
    return new FrontError("broken", `${host} sends us elsewhere (${status})`, options);
  }
  const message = `${host} answered ${status}${about === "" ? "" : `: ${about}`}`;
  if (status < 500)
    return new FrontError("broken", message, { advice: "Plan again to see where things stand.", status });
  const advice = "Front has a problem; try again in a while.";
  return new FrontError("broken", message, { outcome: "unknown", advice, status, passing: true });
}

/** Enough of a page that is not Front's to recognise whose it is. */
export function beginning(body: Uint8Array): string {
  const text = new TextDecoder().decode(body.subarray(0, 400)).replace(/\s+/g, " ").trim();
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
