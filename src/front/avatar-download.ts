import { FrontError, type FrontErrorCode } from "./api.ts";
import type { Connection } from "./connection.ts";
import { AVATAR_TIMEOUT, MAX_AVATAR_BYTES } from "./constants.ts";

const LIMITS = { maxBytes: MAX_AVATAR_BYTES, timeout: AVATAR_TIMEOUT };

/**
 * Returns the bytes of an avatar. Follows one redirect without the token, because Front may redirect to signed URLs
 * (docs/front.md#avatars). Throws a `no-picture` error if the failure concerns only this picture.
 */
export async function downloadAvatar({ client, urls, token }: Connection, avatarUrl: string): Promise<Uint8Array> {
  const url = urls.avatar(avatarUrl);
  if (url === undefined) throw otherHostError(avatarUrl);
  try {
    return (await client.send({ method: "GET", url, bearer: token, ...LIMITS })).body;
  } catch (error) {
    const signed = error instanceof FrontError ? urls.redirectTarget(error.redirect) : undefined;
    if (signed === undefined) throw toPictureError(error, { isSigned: false });
    const { body } = await client.send({ method: "GET", url: signed, ...LIMITS }).catch((signedError: unknown) => {
      throw toPictureError(signedError, { isSigned: true });
    });
    return body;
  }
}

/** The codes of errors that affect all requests of a run. */
const RUN_ERRORS: readonly FrontErrorCode[] = ["unauthorized", "interrupted", "too-busy", "unreachable"];

/**
 * Returns a `no-picture` error, unless the error affects all requests. A signed URL points to another host, so requests
 * to Front may succeed even if that host rejects the request or is unreachable.
 */
function toPictureError(error: unknown, { isSigned }: { readonly isSigned: boolean }): unknown {
  if (!(error instanceof FrontError)) return error;
  const affectsRun = RUN_ERRORS.includes(error.code) && !(error.code === "unreachable" && !error.transient);
  const isOtherHost = isSigned && ["unauthorized", "unreachable"].includes(error.code);
  return affectsRun && !isOtherHost ? error : new FrontError("no-picture", error.message, error);
}

/** The URL is untrusted, so the host is quoted only if it is plain ASCII. */
function otherHostError(url: string): FrontError {
  const { host } = URL.canParse(url) ? new URL(url) : { host: "" };
  const location = /^[a-z0-9.-]{1,100}$/.test(host) ? host : "an unknown host";
  const advice = "The picture is not downloaded. The rest of the contact is not affected.";
  return new FrontError("no-picture", `The picture is on ${location}, which is not one of Front's hosts`, { advice });
}
