import { setTimeout as sleep } from "node:timers/promises";
import { createToken, type Scope } from "./access.ts";
import { faultResponse } from "./fault-responses.ts";
import { type Fault, FaultPicker } from "./faults.ts";
import type { FrontRequest, FrontResponse } from "./http-messages.ts";
import { type CompanyOptions, createLocalFront, type LocalFront, type TeammateResponse } from "./local-front.ts";
import { locateSeedError, readStateFile, StateFile } from "./seed-file.ts";
import type { Seed } from "./seed-format.ts";
import { SeedError } from "./seed-values.ts";
import { type Delivery, listen } from "./server.ts";

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
  readonly onRequest?: (request: LoggedRequest) => void | Promise<void>;
  /** Called with each request once it is decided what becomes of it. */
  readonly onResponse?: (request: LoggedRequest) => void;
}

/** A request as it came in, and what came of it. */
export interface LoggedRequest {
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
  readonly requests: readonly LoggedRequest[];
  /** What goes wrong from now on. Setting it starts all counting anew. */
  faults: readonly Fault[];
  /** Lets another token in, or changes what one may do. */
  grant(token: string, scopes?: readonly Scope[]): void;
  revoke(token: string): void;
  /**
   * Acts as a teammate would in Front's own pages: neither limited, refused, broken nor logged.
   * The body goes as JSON. Answers with the status and the parsed body.
   */
  asTeammate(method: string, target: string, body?: unknown): Promise<TeammateResponse>;
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

/** Of a form or of a very long body, the log keeps the length alone. */
const MAX_LOGGED_BYTES = 64_000;
const MAX_LOGGED_REQUESTS = 100_000;

/** Starts a local Front on 127.0.0.1. It is up when the promise resolves, and down when `close` has. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { port = 0, token = createToken(), now = Date.now } = options;
  const kept = options.state === undefined ? undefined : await readStateFile(options.state);
  const front = await located(options, kept, () =>
    createLocalFront({ ...options, ...(kept === undefined ? {} : { seed: kept }), now }),
  );
  front.grant(token, options.scopes);
  const rig = new RequestHandler(front, options, now);
  // Whether the state can be kept is found out now, rather than at the first change.
  await rig.save();
  const server = await listen(port, (request) => rig.decide(request), now);
  const close = async () => {
    await server.close();
    await rig.stop();
  };

  const url = `http://127.0.0.1:${server.port}`;
  const oauth: EmulatorOauth = {
    url: `${url}/oauth`,
    ...front.client,
    async signIn() {
      const refreshToken = front.signIn();
      await rig.save();
      return refreshToken;
    },
  };

  return {
    url,
    token,
    oauth,
    requests: rig.requests,
    get faults() {
      return rig.faults;
    },
    set faults(faults) {
      rig.setFaults(faults);
    },
    grant: (other, scopes) => front.grant(other, scopes),
    revoke: (other) => front.revoke(other),
    asTeammate: (method, target, body) => rig.ask(method, target, body),
    isCopy: front.isCopy,
    snapshot: () => structuredClone(front.snapshot()),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Adds the location in the state file to what is wrong with it. */
async function located<T>({ state }: EmulatorOptions, kept: Seed | undefined, work: () => T): Promise<T> {
  try {
    return work();
  } catch (error) {
    const isOfState = error instanceof SeedError && kept !== undefined && state !== undefined;
    throw isOfState ? await locateSeedError(error, state) : error;
  }
}

/** Stands between the socket and Front: logs, delays, and breaks what it was told to break. */
class RequestHandler {
  readonly requests: LoggedRequest[] = [];
  faults: readonly Fault[] = [];
  #picker = new FaultPicker([]);
  readonly #front: LocalFront;
  readonly #options: EmulatorOptions;
  readonly #now: () => number;
  readonly #keeper: StateFile | undefined;
  readonly #late = new Set<NodeJS.Timeout>();

  constructor(front: LocalFront, options: EmulatorOptions, now: () => number) {
    this.#front = front;
    this.#options = options;
    this.#now = now;
    const text = () => `${JSON.stringify(front.snapshot())}\n`;
    this.#keeper = options.state === undefined ? undefined : new StateFile(options.state, front, text);
    this.setFaults(options.faults ?? []);
  }

  setFaults(faults: readonly Fault[]): void {
    this.faults = [...faults];
    this.#picker = new FaultPicker(faults);
  }

  async stop(): Promise<void> {
    for (const timer of this.#late) clearTimeout(timer);
    await this.save();
  }

  async save(): Promise<void> {
    await this.#keeper?.save();
  }

  async ask(method: string, target: string, body?: unknown): Promise<TeammateResponse> {
    const answered = await this.#front.asTeammate(method, target, body);
    await this.save();
    return answered;
  }

  async decide(request: FrontRequest): Promise<Delivery> {
    const seen = this.#log(request);
    await this.#options.onRequest?.(seen);
    if (this.#options.latency) await sleep(this.#options.latency);
    const fault = this.#picker.pick(request.method, request.path);
    seen.fault = fault?.kind;
    const delivery: Delivery =
      fault === undefined
        ? { kind: "whole", response: await this.#answer(request) }
        : await this.#broken(fault, request);
    seen.status = delivery.kind === "cut" ? undefined : delivery.response.status;
    this.#options.onResponse?.(seen);
    return delivery;
  }

  /** What was answered is on the disk before anybody hears of it, so that a kill loses nothing. */
  async #answer(request: FrontRequest): Promise<FrontResponse> {
    const response = await this.#front.respond(request);
    await this.save();
    return response;
  }

  async #broken(fault: Fault, request: FrontRequest): Promise<Delivery> {
    const substitute = faultResponse(fault, this.#front.rateHeaders());
    if (substitute !== undefined) {
      if (fault.kind === "status" && fault.processed) await this.#answer(request);
      return { kind: "whole", response: substitute };
    }
    switch (fault.kind) {
      case "reset-before":
        return { kind: "cut" };
      case "apply-delay":
        this.#answerLater(fault.ms, request);
        return { kind: "cut" };
      case "delay":
        await sleep(fault.ms);
        break;
      default:
    }
    return delivered(fault, await this.#answer(request));
  }

  #answerLater(ms: number, request: FrontRequest): void {
    const timer = setTimeout(() => {
      this.#late.delete(timer);
      void this.#answer(request);
    }, ms);
    this.#late.add(timer);
  }

  #log({ method, path, query, headers, body }: FrontRequest): LoggedRequest {
    const seen: LoggedRequest = {
      ...{ at: this.#now(), method, path, query: query.toString(), headers, body: logged(headers, body) },
      ...{ status: undefined, fault: undefined },
    };
    this.requests.push(seen);
    if (this.requests.length > MAX_LOGGED_REQUESTS) this.requests.shift();
    return seen;
  }
}

function delivered(fault: Fault, response: FrontResponse): Delivery {
  if (fault.kind === "reset-after") return { kind: "cut" };
  if (fault.kind === "truncate") return { kind: "half", response, framing: fault.framing ?? "length" };
  if (fault.kind === "slow-body") return { kind: "slow", response, ms: fault.ms ?? 50, bytes: fault.bytes ?? 16 };
  return { kind: "whole", response };
}

function logged(headers: FrontRequest["headers"], body: Uint8Array): string {
  const isForm = (headers["content-type"] ?? "").startsWith("multipart/");
  return isForm || body.length > MAX_LOGGED_BYTES ? `${body.length} bytes` : new TextDecoder().decode(body);
}
