import {
  explainInvalidHandle,
  formatEntry,
  type Handle,
  hashOfHandle,
  isShortCode,
  parseContactQuery,
} from "../../src/internal.ts";
import type { ArgsByCommand } from "../args/commands.ts";
import { EXIT, UsageError } from "../environment.ts";
import type { Session } from "../session.ts";

/** Prints a tombstone that identifies a handle by its hash. Neither the output nor an error contains the handle. */
export async function run({ handle, source }: ArgsByCommand["forget"], session: Session): Promise<number> {
  const parsedHandle = source === undefined ? parseHandle(handle) : { source, handle };
  assertValidHandle(parsedHandle);
  const sha256 = hashOfHandle(parsedHandle);
  const tombstone = { ensure: "absent", handles: [{ source: parsedHandle.source, sha256 }] };
  session.out(formatEntry(["contacts"], { [`erased-${sha256.slice(0, 8)}`]: tombstone }));
  return EXIT.ok;
}

/**
 * Parses a handle. Throws a `UsageError` if its source is unclear, for example for the prefix `mailto:`, because a
 * hash with the wrong source would not match any handle in Front.
 */
function parseHandle(handle: string): Handle {
  if (handle.startsWith("+")) return { source: "phone", handle };
  if (handle.startsWith("@")) return { source: "twitter", handle };
  if (handle.includes("@") && !handle.includes(":")) return { source: "email", handle };
  const query = parseContactQuery(handle);
  if (query !== undefined && "source" in query && query.handle !== handle) return query;
  throw new UsageError(
    "The source of the handle is unclear",
    "Set --source to email, phone, twitter, facebook, intercom, front_chat or custom.",
  );
}

/**
 * Throws a `UsageError` for an invalid handle, and for a phone number that has no country code and is not a short code.
 * Front usually stores the country code, so the hash of such a number would not match the number in Front.
 */
function assertValidHandle(handle: Handle): void {
  const [reason, advice] = explainInvalidHandle(handle) ?? [];
  if (reason !== undefined && advice !== undefined) throw new UsageError(`The handle ${reason}`, advice);
  if (handle.source !== "phone" || handle.handle.startsWith("+") || isShortCode(handle.handle)) return;
  throw new UsageError("The phone number has no country code", 'Use E.164, for example "+13605550123".');
}
