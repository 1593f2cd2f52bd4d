import { setTimeout as sleep } from "node:timers/promises";
import { createToken, type Scope } from "./api-tokens.ts";
import { createFaultSelector, type Fault, faultResponse } from "./faults.ts";
import type { FrontRequest, FrontResponse } from "./http-messages.ts";
import { type CompanyOptions, createLocalFront, type LocalFront, type TeammateResponse } from "./local-front.ts";
import { locateSeedError } from "./seed-file.ts";
import type { Seed } from "./seed-format.ts";
import { SeedError } from "./seed-values.ts";
import { type Delivery, listen } from "./server.ts";
import { readStateFile, StateFile } from "./state-file.ts";

export interface EmulatorOptions extends CompanyOptions {
  /** The port on 127.0.0.1 (default: any free port). */
  readonly port?: number;
  /** The API token to accept (default: a random token). */
  readonly token?: string | undefined;
  /** The scopes of the API token and of OAuth tokens (default: all). */
  readonly scopes?: readonly Scope[] | undefined;
  /** A file that stores the company. If it exists, the emulator starts from it and ignores the seed. */
  readonly state?: string | undefined;
  readonly faults?: readonly Fault[];
  /** Milliseconds to wait before each request is processed. */
  readonly latency?: number;
  /** Returns the time in epoch milliseconds (default: the system clock). */
  readonly now?: () => number;
  /** Called and awaited before each request is processed, so that a test can make a concurrent change. */
  readonly onRequest?: (request: LoggedRequest) => void | Promise<void>;
  /** Called before the response is sent, or before the connection is closed without a response. */
  readonly onResponse?: (request: LoggedRequest) => void;
}

export interface LoggedRequest {
  /** Time of arrival in epoch milliseconds. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body as text; for a multipart or very long body, its length. */
  readonly body: string;
  /** The status of the response; undefined until it is known, and if the connection was closed without a response. */
  status: number | undefined;
  fault: Fault["kind"] | undefined;
}

export interface Emulator
  extends AsyncDisposable,
    Pick<LocalFront, "grant" | "revoke" | "asTeammate" | "isFromSnapshot" | "snapshot"> {
  /** The value for FRONT_API_URL. */
  readonly url: string;
  /** The value for FRONT_API_TOKEN. */
  readonly token: string;
  readonly oauth: EmulatorOauth;
  /** The last 100,000 requests in order of arrival. */
  readonly requests: readonly LoggedRequest[];
  /** The faults to inject. Setting them resets their counters. */
  faults: readonly Fault[];
  close(): Promise<void>;
}

export interface EmulatorOauth {
  /** The value for FRONT_OAUTH_URL. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  signIn(): Promise<string>;
}

/** Maximum size of a logged body in bytes. */
const MAX_LOGGED_BYTES = 64_000;
const MAX_LOGGED_REQUESTS = 100_000;

/** Starts a local Front emulator on 127.0.0.1. Resolves when it accepts requests. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  return (await startForTests(options)).emulator;
}

/** Starts an emulator for tests. `sendDirectly` processes a request as the server does, without HTTP. */
export async function startForTests(
  options: EmulatorOptions,
): Promise<{ readonly emulator: Emulator; readonly sendDirectly: (request: FrontRequest) => Promise<Delivery> }> {
  const { port = 0, token = createToken(), now = Date.now } = options;
  const savedSeed = options.state === undefined ? undefined : await readStateFile(options.state);
  const front = await withLocation(options, savedSeed, () =>
    createLocalFront({ ...options, ...(savedSeed === undefined ? {} : { seed: savedSeed }), now }),
  );
  front.grant(token, options.scopes);
  const pipeline = new RequestPipeline(front, options, now);
  // If the port is in use, another emulator may be using the state file, so the file must not be written.
  const server = await listen(port, (request) => pipeline.process(request), now);
  try {
    // Detects at the start, rather than at the first change, that the state file is not writable.
    await pipeline.save();
  } catch (error) {
    await server.close();
    throw error;
  }
  const close = async () => {
    await server.close();
    await pipeline.stop();
  };

  const url = `http://127.0.0.1:${server.port}`;
  const oauth: EmulatorOauth = {
    url: `${url}/oauth`,
    ...front.client,
    async signIn() {
      const refreshToken = front.signIn();
      await pipeline.save();
      return refreshToken;
    },
  };

  const emulator: Emulator = {
    url,
    token,
    oauth,
    requests: pipeline.requests,
    get faults() {
      return pipeline.faults;
    },
    set faults(faults) {
      pipeline.setFaults(faults);
    },
    grant: front.grant,
    revoke: front.revoke,
    asTeammate: (method, target, body) => pipeline.asTeammate(method, target, body),
    isFromSnapshot: front.isFromSnapshot,
    snapshot: () => structuredClone(front.snapshot()),
    close,
    [Symbol.asyncDispose]: close,
  };
  return { emulator, sendDirectly: (request) => pipeline.process(request) };
}

/** Adds the location in the state file to an error in its content. */
async function withLocation<T>({ state }: EmulatorOptions, savedSeed: Seed | undefined, create: () => T): Promise<T> {
  try {
    return create();
  } catch (error) {
    const isInStateFile = error instanceof SeedError && savedSeed !== undefined && state !== undefined;
    throw isInStateFile ? await locateSeedError(error, state) : error;
  }
}

class RequestPipeline {
  readonly requests: LoggedRequest[] = [];
  faults: readonly Fault[] = [];
  #selectFault = createFaultSelector([]);
  readonly #front: LocalFront;
  readonly #options: EmulatorOptions;
  readonly #now: () => number;
  readonly #stateFile: StateFile | undefined;
  /** Timers of requests that are processed after their connection was closed. */
  readonly #delayedRequests = new Set<NodeJS.Timeout>();

  constructor(front: LocalFront, options: EmulatorOptions, now: () => number) {
    this.#front = front;
    this.#options = options;
    this.#now = now;
    this.#stateFile = options.state === undefined ? undefined : new StateFile(options.state, front);
    this.setFaults(options.faults ?? []);
  }

  setFaults(faults: readonly Fault[]): void {
    this.faults = [...faults];
    this.#selectFault = createFaultSelector(faults);
  }

  async stop(): Promise<void> {
    for (const timer of this.#delayedRequests) clearTimeout(timer);
    await this.#stateFile?.finish();
  }

  async save(): Promise<void> {
    await this.#stateFile?.save();
  }

  async asTeammate(method: string, target: string, body?: unknown): Promise<TeammateResponse> {
    const response = await this.#front.asTeammate(method, target, body);
    await this.save();
    return response;
  }

  async process(request: FrontRequest): Promise<Delivery> {
    const logged = this.#log(request);
    await this.#options.onRequest?.(logged);
    if (this.#options.latency) await sleep(this.#options.latency);
    const fault = this.#selectFault(request.method, request.path);
    logged.fault = fault?.kind;
    const delivery: Delivery =
      fault === undefined
        ? { kind: "whole", response: await this.#respond(request) }
        : await this.#respondWithFault(fault, request);
    logged.status = delivery.kind === "cut" ? undefined : delivery.response.status;
    this.#options.onResponse?.(logged);
    return delivery;
  }

  /**
   * Saves the state before returning the response, so that a confirmed change is not lost if the emulator is killed.
   */
  async #respond(request: FrontRequest): Promise<FrontResponse> {
    const response = await this.#front.respond(request);
    await this.save();
    return response;
  }

  async #respondWithFault(fault: Fault, request: FrontRequest): Promise<Delivery> {
    const replacement = faultResponse(fault, this.#front.rateHeaders());
    if (replacement !== undefined) {
      if (fault.kind === "status" && fault.processed) await this.#respond(request);
      return { kind: "whole", response: replacement };
    }
    switch (fault.kind) {
      case "reset-before":
        return { kind: "cut" };
      case "apply-delay":
        this.#respondLater(fault.ms, request);
        return { kind: "cut" };
      case "delay":
        await sleep(fault.ms);
        break;
      default:
    }
    return deliveryOf(fault, await this.#respond(request));
  }

  #respondLater(ms: number, request: FrontRequest): void {
    const timer = setTimeout(() => {
      this.#delayedRequests.delete(timer);
      void this.#respond(request);
    }, ms);
    this.#delayedRequests.add(timer);
  }

  #log({ method, path, query, headers, body }: FrontRequest): LoggedRequest {
    const logged: LoggedRequest = {
      at: this.#now(),
      method,
      path,
      query: query.toString(),
      headers,
      body: loggedBody(headers, body),
      status: undefined,
      fault: undefined,
    };
    this.requests.push(logged);
    if (this.requests.length > MAX_LOGGED_REQUESTS) this.requests.shift();
    return logged;
  }
}

function deliveryOf(fault: Fault, response: FrontResponse): Delivery {
  if (fault.kind === "reset-after") return { kind: "cut" };
  if (fault.kind === "truncate") return { kind: "half", response, framing: fault.framing ?? "length" };
  if (fault.kind === "slow-body") return { kind: "slow", response, ms: fault.ms ?? 50, bytes: fault.bytes ?? 16 };
  return { kind: "whole", response };
}

function loggedBody(headers: FrontRequest["headers"], body: Uint8Array): string {
  const isForm = (headers["content-type"] ?? "").startsWith("multipart/");
  return isForm || body.length > MAX_LOGGED_BYTES ? `${body.length} bytes` : new TextDecoder().decode(body);
}
