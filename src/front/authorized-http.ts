import type { Clock } from "../clock/clock.ts";
import { type Fetch, type HttpRequest, type HttpResponse, sendHttp } from "./http.ts";

interface Sending {
  readonly clock: Clock;
  readonly fetch?: Fetch | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called before every request that is sent. */
  readonly onRequest: () => void;
}

/**
 * Sends a request with the bearer it needs. When Front refuses the token, nothing was done, so the same request is
 * sent once more with a renewed one, where there is one. What has to be sent at once is told to be `outdated` instead.
 */
export async function sendAuthorized(
  question: HttpRequest,
  { onRequest, ...options }: Sending,
): Promise<HttpResponse | "outdated"> {
  const { bearer, skipRenewal } = question;
  const send = (signed: HttpRequest) => {
    onRequest();
    return sendHttp(signed, options);
  };
  if (bearer === undefined || typeof bearer === "string") return await send(question);
  const token = await bearer.current({ skipRenewal });
  const answer = await send({ ...question, bearer: token });
  if (answer.status !== 401) return answer;
  const renewed = await bearer.renewAfterRefusal(token);
  if (renewed === undefined) return answer;
  return skipRenewal === true ? "outdated" : await send({ ...question, bearer: renewed });
}
