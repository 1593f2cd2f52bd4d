import { randomBytes } from "node:crypto";
import { ErrorResponse } from "./http-messages.ts";

/** The scopes of the endpoints that the emulator implements (docs/front.md#authentication-and-scopes). */
export const SCOPES = [
  "contacts:read",
  "contacts:write",
  "contacts:delete",
  "custom_fields:read",
  "accounts:read",
  "accounts:write",
  "accounts:delete",
  "conversations:read",
  "teammates:read",
  "inboxes:read",
] as const;
export type Scope = (typeof SCOPES)[number];

export class ApiTokens {
  readonly #scopes = new Map<string, readonly Scope[]>();

  grant(token: string, scopes: readonly Scope[] = SCOPES): void {
    this.#scopes.set(token, scopes);
  }

  revoke(token: string): void {
    this.#scopes.delete(token);
  }

  /** Returns the scopes of the token in the Authorization header. Throws Front's 401 if the token is not valid. */
  scopesOf(authorization: string | undefined): readonly Scope[] {
    const token = bearerTokenIn(authorization);
    const scopes = this.#scopes.get(token);
    if (scopes !== undefined) return scopes;
    const message = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token) ? "Invalid token" : "JSON Web Token error";
    throw new ErrorResponse({ status: 401, title: "Unauthenticated", message });
  }
}

/** Returns the token in an Authorization header; an empty string if there is none. */
export function bearerTokenIn(authorization: string | undefined): string {
  return /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
}

export function requireScope(scopes: readonly Scope[], required: Scope | undefined): void {
  if (required === undefined || scopes.includes(required)) return;
  throw new ErrorResponse({ status: 403, title: "Forbidden", message: `The token lacks the scope ${required}` });
}

/** Returns a JSON Web Token, like Front's tokens. */
export function createToken(): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const header = part({ alg: "HS256", typ: "JWT" });
  const payload = part({ iss: "front-emulator", jti: randomBytes(8).toString("hex") });
  return `${header}.${payload}.${randomBytes(32).toString("base64url")}`;
}
