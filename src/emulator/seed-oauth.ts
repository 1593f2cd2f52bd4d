import type { Grant, OauthState } from "./model.ts";
import type { SeedOauth, SeedToken } from "./seed-format.ts";
import { listOf, type Read, recordAt, textAt, timeOr } from "./seed-values.ts";

export function readOauthInto(oauth: OauthState, value: unknown): void {
  if (value === undefined) return;
  const parts = recordAt(value, "oauth", ["clients", "refresh_tokens", "access_tokens"]);
  listOf(parts["clients"], "oauth.clients", (client, path) => {
    const { id, secret } = recordAt(client, path, ["id", "secret"]);
    oauth.clients.set(textAt(id, `${path}.id`), textAt(secret, `${path}.secret`));
  });
  listOf(parts["refresh_tokens"], "oauth.refresh_tokens", readTokenInto(oauth.refreshTokens));
  listOf(parts["access_tokens"], "oauth.access_tokens", readTokenInto(oauth.accessTokens));
}

function readTokenInto(tokens: Map<string, Grant>): Read<void> {
  return (value, path) => {
    const { token, client_id, expires_at } = recordAt(value, path, ["token", "client_id", "expires_at"]);
    const clientId = textAt(client_id, `${path}.client_id`);
    const expiresAt = timeOr(expires_at, `${path}.expires_at`, 0);
    tokens.set(textAt(token, `${path}.token`), { clientId, expiresAt });
  };
}

export function encodeOauth({ clients, refreshTokens, accessTokens }: OauthState): SeedOauth {
  return {
    clients: [...clients].map(([id, secret]) => ({ id, secret })),
    refresh_tokens: encodeTokens(refreshTokens),
    access_tokens: encodeTokens(accessTokens),
  };
}

function encodeTokens(tokens: ReadonlyMap<string, Grant>): SeedToken[] {
  return [...tokens].map(([token, grant]) => {
    return { token, client_id: grant.clientId, expires_at: grant.expiresAt / 1000 };
  });
}
