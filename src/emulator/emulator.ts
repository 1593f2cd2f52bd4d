import type { Scope } from "./access.ts";
import type { Fault } from "./faults.ts";
import type { Answered, CompanyOptions } from "./local-front.ts";
import type { Seed } from "./seed-format.ts";

export interface EmulatorOptions extends CompanyOptions {
  /** The port on 127.0.0.1; any free one by default. */
  readonly port?: number;
  /** The token to let in. By default one is made up, in the form of Front's. */
  readonly token?: string;
  /** What that token may do, and those that are signed in for; everything by default. */
  readonly scopes?: readonly Scope[];
  /** A file to keep everything on. If it exists it is what the emulator goes on from, and the seed is not read. */
  readonly state?: string;
  readonly faults?: readonly Fault[];
  /** Milliseconds that every answer takes. */
  readonly latency?: number;
  /** Epoch milliseconds, for a clock other than the real one. */
  readonly now?: () => number;
  /** Called with each request before anything is done about it, and waited for: a place to act as somebody else. */
  readonly onRequest?: (request: SeenRequest) => void | Promise<void>;
  /** Called with each request once it is decided what becomes of it. */
  readonly onAnswer?: (request: SeenRequest) => void;
}

/** A request as it came in, and what came of it. */
export interface SeenRequest {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body as text; of a multipart body its length is said instead. */
  readonly body: string;
  /** The status sent; undefined while unanswered, and for good when the connection was cut. */
  status: number | undefined;
  /** The kind of the fault that struck. */
  fault: Fault["kind"] | undefined;
}

/** A local Front that is up. */
export interface Emulator extends AsyncDisposable {
  /** What FRONT_API_URL should be. */
  readonly url: string;
  /** What FRONT_API_TOKEN should be. */
  readonly token: string;
  readonly oauth: EmulatorOauth;
  /** Every request so far, in the order of arrival; of very many the last 100,000. */
  readonly requests: readonly SeenRequest[];
  /** What goes wrong from now on. Setting it starts all counting anew. */
  faults: readonly Fault[];
  /** Lets another token in, or changes what one may do. */
  grant(token: string, scopes?: readonly Scope[]): void;
  revoke(token: string): void;
  /**
   * Acts as a teammate would in Front's own pages: neither limited, refused, broken nor logged.
   * The body goes as JSON. Answers with the status and the parsed body.
   */
  ask(method: string, target: string, body?: unknown): Promise<Answered>;
  /** Whether the company came out of a snapshot of a real one. */
  readonly isCopy: boolean;
  /** Everything the company holds, as a seed that starts another emulator just like it. */
  snapshot(): Seed;
  close(): Promise<void>;
}

/** How an application signs in here. */
export interface EmulatorOauth {
  /** What FRONT_OAUTH_URL should be. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Signs in as an admin would, and answers the refresh token. */
  signIn(): Promise<string>;
}
