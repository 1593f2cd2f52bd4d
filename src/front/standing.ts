import { systemClock } from "../clock.ts";
import { createAddresses } from "./address.ts";
import { answeredAt } from "./answers.ts";
import { type Company, FrontError } from "./api.ts";
import { type FrontOptions, usualConversation } from "./client.ts";
import { Conversation, readAnswer } from "./conversation.ts";
import type { Answer, Question } from "./exchange.ts";
import { tokenIn } from "./token.ts";
import { decodeCompany } from "./wire.ts";

/** What can be read of Front. */
export type Readable = "contacts" | "custom-fields" | "contact-lists" | "accounts";

export interface Reading {
  readonly what: Readable;
  /** The scope that Front documents for it. */
  readonly scope: string;
  /** Undefined when Front answered neither yes nor no. */
  readonly permitted: boolean | undefined;
  /** What Front said, unless it was yes. */
  readonly reason?: string;
}

/** What Front says of the budget: requests a window, and a burst beyond it. */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  readonly secondsToReset?: number;
  readonly burstLimit?: number;
  readonly burstRemaining?: number;
}

/** Who asks, as Front sees it. What may be written cannot be found out without writing. */
export interface Standing {
  readonly company: Company;
  readonly rateLimit: RateLimit | undefined;
  readonly readings: readonly Reading[];
}

const PROBES: readonly { readonly what: Readable; readonly path: string; readonly scope: string }[] = [
  { what: "contacts", path: "/contacts?limit=1", scope: "contacts:read" },
  { what: "custom-fields", path: "/contacts/custom_fields", scope: "custom_fields:read" },
  { what: "contact-lists", path: "/contact_lists", scope: "contacts:read" },
  { what: "accounts", path: "/accounts?limit=1", scope: "accounts:read" },
];

/** Finds out by five GETs who asks and what may be read. Throws a `FrontError` when Front does not know the token. */
export async function findStanding(options: FrontOptions): Promise<Standing> {
  const { url = "https://api2.frontapp.com", token } = options;
  const addresses = createAddresses(url);
  const bearer = typeof token === "string" ? tokenIn(token) : token;
  const conversation = new Conversation(usualConversation(options));
  const ask = (path: string) => ({ method: "GET", url: addresses.path(path), bearer }) as const satisfies Question;
  const me = ask("/me");
  let last = await conversation.ask(me);
  const company = readAnswer(me, last, decodeCompany);
  const readings: Reading[] = [];
  for (const { what, path, scope } of PROBES) {
    const found = await answerOrRefusal(conversation, ask(path));
    if (!(found instanceof FrontError)) last = found;
    readings.push({ what, scope, ...permission(found) });
  }
  return { company, rateLimit: rateLimitIn(last, (options.clock ?? systemClock).now()), readings };
}

async function answerOrRefusal(conversation: Conversation, question: Question): Promise<Answer | FrontError> {
  try {
    const answer = await conversation.ask(question);
    readAnswer(question, answer, (json) => json);
    return answer;
  } catch (error) {
    if (error instanceof FrontError && error.failure !== "unauthorized" && error.failure !== "interrupted")
      return error;
    throw error;
  }
}

function permission(found: Answer | FrontError): Pick<Reading, "permitted" | "reason"> {
  if (!(found instanceof FrontError)) return { permitted: true };
  return { permitted: found.failure === "forbidden" ? false : undefined, reason: found.message };
}

function rateLimitIn({ headers }: Answer, now: number): RateLimit | undefined {
  const number = (name: string) => {
    const text = headers.get(`x-ratelimit-${name}`);
    return text !== null && /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  };
  const [limit, remaining, reset] = [number("limit"), number("remaining"), number("reset")];
  const [burstLimit, burstRemaining] = [number("burst-limit"), number("burst-remaining")];
  if (limit === undefined || remaining === undefined) return undefined;
  const secondsToReset =
    reset === undefined ? undefined : Math.max(0, Math.floor(reset - (answeredAt(headers) ?? now) / 1000));
  return {
    ...{ limit, remaining },
    ...(secondsToReset === undefined ? {} : { secondsToReset }),
    ...(burstLimit === undefined ? {} : { burstLimit }),
    ...(burstRemaining === undefined ? {} : { burstRemaining }),
  };
}
