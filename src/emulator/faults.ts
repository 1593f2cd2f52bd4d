/** The requests that a fault applies to. Every given property must match. */
interface FaultMatch {
  readonly method?: string;
  /** A complete path without the query, in which `*` matches anything; or a pattern. */
  readonly path?: string | RegExp;
  /** Only the nth matching request, counted from 1 since the fault was set. */
  readonly nth?: number;
  /** Maximum number of injections. */
  readonly times?: number;
  /** Probability of an injection, 0 to 1. The same seed selects the same requests. */
  readonly probability?: number;
  readonly seed?: number;
}

type Headers = Readonly<Record<string, string | null>>;

/** The effect of a fault. Unless noted, the request is not processed. */
export type FaultEffect =
  /** Another response. With `processed`, the request is processed anyway. A null removes a header. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Headers;
      readonly body?: unknown;
      readonly processed?: boolean;
    }
  /** A 429. `retryAfter` is the unchanged value of the header; null omits it. */
  | {
      readonly kind: "429";
      readonly retryAfter?: number | string | null;
      readonly message?: string;
      readonly headers?: Headers;
    }
  /** The connection is closed before the request is processed, or after. */
  | { readonly kind: "reset-before" }
  | { readonly kind: "reset-after" }
  /** The connection is closed immediately, and the request is processed later. */
  | { readonly kind: "apply-delay"; readonly ms: number }
  /** The request is processed, and the response is sent after a delay. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Processed; the response is sent some bytes at a time. */
  | { readonly kind: "slow-body"; readonly ms?: number; readonly bytes?: number }
  /**
   * Processed; half of the response's body is sent: less than its content length, an unfinished chunked body, or a body
   * without both, which looks complete.
   */
  | { readonly kind: "truncate"; readonly framing?: "length" | "chunked" | "close" }
  /** An HTML page of a proxy instead of the response. */
  | { readonly kind: "html"; readonly status?: number; readonly text?: string }
  | { readonly kind: "redirect"; readonly status?: number; readonly location?: string };

export type Fault = FaultMatch & FaultEffect;

export const FAULT_KINDS: readonly FaultEffect["kind"][] = [
  "status",
  "429",
  "reset-before",
  "reset-after",
  "apply-delay",
  "delay",
  "slow-body",
  "truncate",
  "html",
  "redirect",
];

/** Selects the first fault that applies to a request. */
export class FaultPicker {
  readonly #selectors: readonly ((method: string, path: string) => Fault | undefined)[];

  constructor(faults: readonly Fault[]) {
    this.#selectors = faults.map(createSelector);
  }

  pick(method: string, path: string): Fault | undefined {
    // Every fault counts every request, so that `nth` does not depend on the other faults.
    const due = this.#selectors.map((select) => select(method, path));
    return due.find((fault) => fault !== undefined);
  }
}

function createSelector(fault: Fault): (method: string, path: string) => Fault | undefined {
  const matches = createMatcher(fault);
  const { nth, times = Number.POSITIVE_INFINITY, probability = 1 } = fault;
  const chance = randomFrom(fault.seed ?? 1);
  let seen = 0;
  let injected = 0;
  return (method, path) => {
    if (!matches(method, path)) return undefined;
    seen += 1;
    const due = (nth === undefined || nth === seen) && injected < times && chance() < probability;
    if (!due) return undefined;
    injected += 1;
    return fault;
  };
}

function createMatcher({ method, path }: FaultMatch): (method: string, path: string) => boolean {
  const pattern = patternOf(path);
  const only = method?.toUpperCase();
  return (requested, target) => (only === undefined || only === requested) && pattern.test(target);
}

function patternOf(path: string | RegExp | undefined): RegExp {
  if (path === undefined) return /^/;
  // A sticky or global pattern keeps its last index and would miss every other request.
  if (path instanceof RegExp) return new RegExp(path.source, path.flags.replace(/[gy]/g, ""));
  const parts = path.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}

/** Returns a mulberry32 generator of random numbers. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
