/** Which requests a fault is for. All that is given must fit. */
interface FaultMatch {
  readonly method?: string;
  /** A whole path, in which `*` stands for anything; or a pattern. The query is not part of it. */
  readonly path?: string | RegExp;
  /** Only the nth request that fits, counted from 1 since the fault was set. */
  readonly nth?: number;
  /** How many times it strikes at most. */
  readonly times?: number;
  /** How likely it strikes, 0 to 1; the same seed strikes the same requests. */
  readonly probability?: number;
  readonly seed?: number;
}

type Headers = Readonly<Record<string, string | null>>;

/** What goes wrong. Unless it says otherwise, the request is not processed. */
export type FaultEffect =
  /** Another answer; with `processed`, what was asked has been done all the same. A null removes a header. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Headers;
      readonly body?: unknown;
      readonly processed?: boolean;
    }
  /** A 429. `retryAfter` goes into the header as it is; null leaves it out. */
  | {
      readonly kind: "429";
      readonly retryAfter?: number | string | null;
      readonly message?: string;
      readonly headers?: Headers;
    }
  /** The connection is cut before the request is processed, or after. */
  | { readonly kind: "reset-before" }
  | { readonly kind: "reset-after" }
  /** The connection is cut at once, and the request is processed later. */
  | { readonly kind: "apply-delay"; readonly ms: number }
  /** Processed and answered, later. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Processed and answered, so many bytes at a time with a pause between. */
  | { readonly kind: "slow-body"; readonly ms?: number; readonly bytes?: number }
  /**
   * Processed, and half of the answer's body sent: less than its declared length, an unfinished chunked
   * body, or a body that neither declares a length nor is chunked and so looks whole.
   */
  | { readonly kind: "truncate"; readonly framing?: "length" | "chunked" | "close" }
  /** A page of a proxy in place of Front's answer. */
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

/** Picks, for each request, the first fault that strikes it. */
export class FaultPicker {
  readonly #armed: readonly ((method: string, path: string) => Fault | undefined)[];

  constructor(faults: readonly Fault[]) {
    this.#armed = faults.map(arm);
  }

  pick(method: string, path: string): Fault | undefined {
    // Every fault counts every request, so that "the third" does not depend on the other faults.
    const struck = this.#armed.map((strike) => strike(method, path));
    return struck.find((fault) => fault !== undefined);
  }
}

function arm(fault: Fault): (method: string, path: string) => Fault | undefined {
  const fits = fitting(fault);
  const { nth, times = Number.POSITIVE_INFINITY, probability = 1 } = fault;
  const chance = randomFrom(fault.seed ?? 1);
  let seen = 0;
  let struck = 0;
  return (method, path) => {
    if (!fits(method, path)) return undefined;
    seen += 1;
    const due = (nth === undefined || nth === seen) && struck < times && chance() < probability;
    if (!due) return undefined;
    struck += 1;
    return fault;
  };
}

function fitting({ method, path }: FaultMatch): (method: string, path: string) => boolean {
  const pattern = patternOf(path);
  const only = method?.toUpperCase();
  return (asked, target) => (only === undefined || only === asked) && pattern.test(target);
}

function patternOf(path: string | RegExp | undefined): RegExp {
  if (path === undefined) return /^/;
  // A sticky or global pattern would remember where it stopped and miss every other request.
  if (path instanceof RegExp) return new RegExp(path.source, path.flags.replace(/[gy]/g, ""));
  const parts = path.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}

/** The mulberry32 generator: small, and the same everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
