import { connectFront, type FrontApi, FrontError, type Wait } from "../src/index.ts";
import { type Given, type Io, UsageError } from "./io.ts";
import { tracingFetch } from "./trace.ts";

/** Milliseconds; the base of every back-off. */
export function backOffOf({ env }: Io): number {
  const text = env["FRONT_CONTACTS_BACKOFF_MS"];
  if (text === undefined || text === "") return 500;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new UsageError("FRONT_CONTACTS_BACKOFF_MS is not a number of milliseconds", "Set it to 500, or leave it out.");
}

/** Connects with what the environment says. `readOnly` holds whatever else goes wrong. */
export function connect(
  io: Io,
  given: Given,
  { readOnly, reserve, onWait }: { readOnly: boolean; reserve?: number | undefined; onWait?: (wait: Wait) => void },
): FrontApi {
  const token = io.env["FRONT_API_TOKEN"] ?? "";
  if (token.trim() === "") {
    throw new FrontError("unauthorized", "There is no API token to ask Front with", {
      advice: [
        "Set FRONT_API_TOKEN: an admin creates one in Front under Settings, Developers, API tokens, with access to contacts.",
        "  To try without one, run the same command against a Front of your own:",
        "",
        "    npx front-emulator -- npx front-contacts plan",
      ].join("\n"),
    });
  }
  if (io.env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
    throw new UsageError(
      "NODE_TLS_REJECT_UNAUTHORIZED=0 switches off the check of who gets the token",
      "Unset it. To trust a company's own certificate authority, set NODE_EXTRA_CA_CERTS.",
    );
  }
  const share = reserveOf(given) ?? reserve;
  const parallelism = given["parallelism"];
  const fetch = tracingFetch(io, given);
  return connectFront({
    url: io.env["FRONT_API_URL"] || undefined,
    token,
    clock: io.clock,
    signal: io.signal,
    readOnly,
    ...(fetch === undefined ? {} : { fetch }),
    backOff: backOffOf(io),
    ...(io.fetch === undefined ? {} : { fetch: io.fetch }),
    ...(share === undefined ? {} : { reserve: share }),
    ...(typeof parallelism === "number" ? { parallelism: positive(parallelism) } : {}),
    ...(onWait === undefined ? {} : { onWait }),
  });
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
