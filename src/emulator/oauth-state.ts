/** What is remembered of a token or a code: whose it is, and until when it is good (epoch milliseconds). */
export interface Issued {
  readonly clientId: string;
  readonly expiresAt: number;
}

interface IssuedCode extends Issued {
  readonly redirectUri: string;
}

/** The applications that may sign in, and what was given to them. */
export interface OauthState {
  /** Secrets by client id. */
  readonly clients: Map<string, string>;
  readonly refreshTokens: Map<string, Issued>;
  readonly accessTokens: Map<string, Issued>;
  /** Good for minutes and once, so they are not kept on the disk. */
  readonly codes: Map<string, IssuedCode>;
}

export function noSignIns(): OauthState {
  return { clients: new Map(), refreshTokens: new Map(), accessTokens: new Map(), codes: new Map() };
}
