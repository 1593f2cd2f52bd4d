import { stringifyExactly } from "./json.ts";

/** A request, from the HTTP server or directly from a test. */
export interface FrontRequest {
  readonly method: string;
  /** Percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export interface FrontResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

export function json(status: number, value: unknown): FrontResponse {
  return { status, headers: { "content-type": "application/json; charset=utf-8" }, body: stringifyExactly(value) };
}

export function noContent(): FrontResponse {
  return { status: 204, headers: {}, body: undefined };
}

export function redirect(status: number, location: string): FrontResponse {
  return { status, headers: { location }, body: undefined };
}
