import type { Fault } from "./faults.ts";
import type { FrontResponse } from "./http-messages.ts";
import { json, redirect } from "./http-messages.ts";

const TITLES: Readonly<Record<number, string>> = {
  401: "Unauthenticated",
  403: "Forbidden",
  404: "Not found",
  409: "Conflict",
  429: "Too many requests",
  500: "Internal server error",
  502: "Bad gateway",
  503: "Service unavailable",
  504: "Gateway timeout",
};

/** Returns the response that a fault sends instead of the real one; undefined if it does not replace the response. */
export function faultResponse(fault: Fault, headers: Readonly<Record<string, string>>): FrontResponse | undefined {
  switch (fault.kind) {
    case "status":
      return withHeaders(withBody(fault.status, fault.body), headers, fault.headers);
    case "429": {
      const { retryAfter = 1, message = "Rate limit exceeded" } = fault;
      const when = { "retry-after": retryAfter === null ? null : String(retryAfter) };
      return withHeaders(json(429, envelope(429, message)), headers, { ...when, ...fault.headers });
    }
    case "html": {
      const { status = 200, text = "<!DOCTYPE html><title>Just a moment...</title><h1>Checking your browser</h1>" } =
        fault;
      return { status, headers: { "content-type": "text/html; charset=utf-8" }, body: text };
    }
    case "redirect":
      return redirect(fault.status ?? 302, fault.location ?? "https://elsewhere.front.example/");
    case "reset-before":
    case "reset-after":
    case "apply-delay":
    case "delay":
    case "slow-body":
    case "truncate":
      return undefined;
  }
}

function withBody(status: number, body: unknown): FrontResponse {
  if (body === undefined) return json(status, envelope(status, "The emulator was configured to send this error."));
  if (typeof body !== "string") return json(status, body);
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

function envelope(status: number, message: string): unknown {
  return { _error: { status, title: TITLES[status] ?? "Error", message } };
}

function withHeaders(
  response: FrontResponse,
  defaults: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | null>> = {},
): FrontResponse {
  const lowered = Object.entries(changes).map(([name, value]) => [name.toLowerCase(), value] as const);
  const all = [...Object.entries({ ...defaults, ...response.headers }), ...lowered];
  const headers: Record<string, string> = {};
  for (const [name, value] of all) {
    if (value === null) delete headers[name];
    else headers[name] = value;
  }
  return { ...response, headers };
}
