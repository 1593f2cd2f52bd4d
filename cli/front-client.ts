import { connectFront, DEFAULT_RESERVE, type FrontApi, type Pause, RequestBudget } from "../src/index.ts";
import { apiOf, credentialsOf } from "./auth/credentials.ts";
import { type Environment, type Given, UsageError } from "./process-io.ts";
import { tracingFetch } from "./request-trace.ts";

/** Milliseconds; the base of every back-off. */
export function backOffOf({ env }: Environment): number {
  const text = env["FRONT_CONTACTS_BACKOFF_MS"];
  if (text === undefined || text === "") return 500;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new UsageError("FRONT_CONTACTS_BACKOFF_MS is not a number of milliseconds", "Set it to 500, or leave it out.");
}

/** Connects with what the environment says. `readOnly` holds whatever else goes wrong. */
export function connect(
  io: Environment,
  given: Given,
  {
    readOnly,
    reserve,
    company,
    onPause,
    signal,
  }: {
    readOnly: boolean;
    reserve?: number | undefined;
    /** What the files say: it picks among several sign-ins. */
    company?: string | undefined;
    onPause?: (wait: Pause) => void;
    /** Ends it early, besides an interrupt. */
    signal?: AbortSignal;
  },
): FrontApi {
  const { token } = credentialsOf(io, given, company);
  const share = reserveOf(given) ?? reserve;
  const parallelism = given["parallelism"];
  const fetch = tracingFetch(io, given);
  const terms = { ...(share === undefined ? {} : { reserve: share }), burst: given["burst"] === true };
  return connectFront({
    ...terms,
    requestBudget: rationOf(io, terms),
    url: apiOf(io),
    token,
    clock: io.clock,
    signal: signal === undefined ? io.signal : AbortSignal.any([io.signal, signal]),
    readOnly,
    ...(fetch === undefined ? {} : { fetch }),
    backOff: backOffOf(io),
    ...(typeof parallelism === "number" ? { parallelism: positive(parallelism) } : {}),
    ...(onPause === undefined ? {} : { onPause }),
  });
}

const RATIONS = new WeakMap<Environment, RequestBudget>();

/** What one connection of a run learnt of the limits, the next one knows: it is the same company's budget. */
function rationOf(
  io: Environment,
  { reserve = DEFAULT_RESERVE, burst }: { reserve?: number; burst: boolean },
): RequestBudget {
  const known = RATIONS.get(io) ?? new RequestBudget({ reserve, burst });
  RATIONS.set(io, known);
  return known;
}

function positive(parallelism: number): number {
  if (Number.isInteger(parallelism) && parallelism >= 1) return parallelism;
  throw new UsageError("--parallelism needs a whole number of at least 1", "Leave it out to use 4.");
}

/** `20%` as well as `0.2`. */
function reserveOf(given: Given): number | undefined {
  const text = given["reserve"];
  if (typeof text !== "string") return undefined;
  const number = /^\d{1,3}(\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (number >= 0 && number < 1) return number;
  throw new UsageError(`--reserve ${text} is not a share`, "Write a percentage from 0% to 99%, such as --reserve 20%.");
}
