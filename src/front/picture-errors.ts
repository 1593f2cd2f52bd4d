import { FrontError, type FrontErrorCode } from "./api.ts";

/** Failures that end the run whatever was requested, or that say something about the connection. */
const OF_THE_RUN: readonly FrontErrorCode[] = ["unauthorized", "interrupted", "too-busy", "unreachable"];

/**
 * Turns an error that concerns one picture into a `no-picture` error, and returns any other as it is. A signed address
 * is on another host (`signed`), so that host may refuse or be unreachable without consequences for the run.
 */
export function ofPicture(error: unknown, { signed }: { readonly signed: boolean }): unknown {
  if (!(error instanceof FrontError)) return error;
  const isOfRun = OF_THE_RUN.includes(error.code) && !(error.code === "unreachable" && !error.transient);
  const isOfHost = signed && ["unauthorized", "unreachable"].includes(error.code);
  return isOfRun && !isOfHost ? error : new FrontError("no-picture", error.message, error);
}

/** The host is named only if it is plain, because the address comes from Front. */
export function foreignPicture(url: string): FrontError {
  const { host } = URL.canParse(url) ? new URL(url) : { host: "" };
  const location = /^[a-z0-9.-]{1,100}$/.test(host) ? host : "an unknown host";
  const advice = "The picture is not compared or downloaded. Everything else about the contact is.";
  return new FrontError("no-picture", `The picture is on ${location}, which is not one of Front's hosts`, { advice });
}
