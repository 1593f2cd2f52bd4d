import { FrontError, type FrontErrorCode } from "./api.ts";
import type { Connection } from "./connection.ts";
import { AVATAR_TIMEOUT, MAX_AVATAR_BYTES } from "./constants.ts";

const LIMITS = { maxBytes: MAX_AVATAR_BYTES, timeout: AVATAR_TIMEOUT };

/**
 * Downloads the picture at a contact's `avatar_url`. Follows one redirect to another host without the token, because
 * downloads lead to signed URLs (docs/front.md#avatars). Throws a `no-picture` `FrontError` if the picture cannot be
 * downloaded. Errors that concern the whole run are thrown unchanged.
 */
export async function downloadAvatar({ client, urls, bearer }: Connection, avatarUrl: string): Promise<Uint8Array> {
  const url = urls.avatar(avatarUrl);
  if (url === undefined) throw otherHost(avatarUrl);
  try {
    return (await client.send({ method: "GET", url, bearer, ...LIMITS })).body;
  } catch (error) {
    const signed = error instanceof FrontError ? urls.signed(error.redirect) : undefined;
    if (signed === undefined) throw toPictureError(error, { signed: false });
    return await client.send({ method: "GET", url: signed, ...LIMITS }).then(
      ({ body }) => body,
      (failed) => Promise.reject(toPictureError(failed, { signed: true })),
    );
  }
}

/** Failures that concern the token or the connection, and so every request. */
const OF_RUN: readonly FrontErrorCode[] = ["unauthorized", "interrupted", "too-busy", "unreachable"];

/**
 * Returns a `no-picture` error for an error that concerns one picture, and any other error unchanged. A signed URL is
 * on another host, which may refuse or be unreachable without consequences for the run.
 */
function toPictureError(error: unknown, { signed }: { readonly signed: boolean }): unknown {
  if (!(error instanceof FrontError)) return error;
  const isOfRun = OF_RUN.includes(error.code) && !(error.code === "unreachable" && !error.transient);
  const isOfHost = signed && ["unauthorized", "unreachable"].includes(error.code);
  return isOfRun && !isOfHost ? error : new FrontError("no-picture", error.message, error);
}

/**
 * Returns the error for a picture on another host. Names the host only if it is plain ASCII, because the URL is
 * untrusted.
 */
function otherHost(url: string): FrontError {
  const { host } = URL.canParse(url) ? new URL(url) : { host: "" };
  const location = /^[a-z0-9.-]{1,100}$/.test(host) ? host : "an unknown host";
  const advice = "The picture is not compared or downloaded. The rest of the contact is compared.";
  return new FrontError("no-picture", `The picture is on ${location}, which is not one of Front's hosts`, { advice });
}
