import type { Issued, OauthState } from "./model.ts";
import type { SeedOauth, SeedToken } from "./seed-format.ts";
import { listOf, type Read, recordAt, textAt, timeOr } from "./seed-values.ts";

/** Reads the OAuth applications and their tokens. */
export function readOauthInto(oauth: OauthState, value: unknown): void {
  if (value === undefined) return;
  const parts = recordAt(value, "oauth", ["clients", "refresh_tokens", "access_tokens"]);
  listOf(parts["clients"], "oauth.clients", (client, at) => {
    const { id, secret } = recordAt(client, at, ["id", "secret"]);
    oauth.clients.set(textAt(id, `${at}.id`), textAt(secret, `${at}.secret`));
  });
  listOf(parts["refresh_tokens"], "oauth.refresh_tokens", readTokenInto(oauth.refreshTokens));
  listOf(parts["access_tokens"], "oauth.access_tokens", readTokenInto(oauth.accessTokens));
}

function readTokenInto(tokens: Map<string, Issued>): Read<void> {
  return (value, at) => {
    const {
      token,
      client_id: clientId,
      expires_at: expiresAt,
    } = recordAt(value, at, ["token", "client_id", "expires_at"]);
    const issued = {
      clientId: textAt(clientId, `${at}.client_id`),
      expiresAt: timeOr(expiresAt, `${at}.expires_at`, 0),
    };
    tokens.set(textAt(token, `${at}.token`), issued);
  };
}

export function encodeOauth({ clients, refreshTokens, accessTokens }: OauthState): SeedOauth {
  return {
    clients: [...clients].map(([id, secret]) => ({ id, secret })),
    refresh_tokens: encodeTokens(refreshTokens),
    access_tokens: encodeTokens(accessTokens),
  };
}

function encodeTokens(tokens: ReadonlyMap<string, Issued>): SeedToken[] {
  return [...tokens].map(([token, { clientId, expiresAt }]) => ({
    ...{ token, client_id: clientId, expires_at: expiresAt / 1000 },
  }));
}
