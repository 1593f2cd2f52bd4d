import { setTimeout as sleep } from "node:timers/promises";
import { inventToken } from "./access.ts";
import type { Emulator, EmulatorOauth, EmulatorOptions, SeenRequest } from "./emulator.ts";
import { substituteFor } from "./fault-responses.ts";
import { type Fault, FaultPicker } from "./faults.ts";
import type { FrontRequest, FrontResponse } from "./http-messages.ts";
import { type Answered, createFront, type LocalFront } from "./local-front.ts";
import { Keeper, locateSeedError, readStateFile } from "./seed-file.ts";
import type { Seed } from "./seed-format.ts";
import { SeedError } from "./seed-values.ts";
import { type Delivery, listen } from "./server.ts";

/** Of a form or of a very long body, the log keeps the length alone. */
const MAX_LOGGED_BYTES = 64_000;
const MAX_LOGGED_REQUESTS = 100_000;

/** Starts a local Front on 127.0.0.1. It is up when the promise resolves, and down when `close` has. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { port = 0, token = inventToken(), now = Date.now } = options;
  const kept = options.state === undefined ? undefined : await readStateFile(options.state);
  const front = await located(options, kept, () =>
    createFront({ ...options, ...(kept === undefined ? {} : { seed: kept }), now }),
  );
  front.grant(token, options.scopes);
  const rig = new Rig(front, options, now);
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
    ask: (method, target, body) => rig.ask(method, target, body),
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
class Rig {
  readonly requests: SeenRequest[] = [];
  faults: readonly Fault[] = [];
  #picker = new FaultPicker([]);
  readonly #front: LocalFront;
  readonly #options: EmulatorOptions;
  readonly #now: () => number;
  readonly #keeper: Keeper | undefined;
  readonly #late = new Set<NodeJS.Timeout>();

  constructor(front: LocalFront, options: EmulatorOptions, now: () => number) {
    this.#front = front;
    this.#options = options;
    this.#now = now;
    const text = () => `${JSON.stringify(front.snapshot())}\n`;
    this.#keeper = options.state === undefined ? undefined : new Keeper(options.state, front, text);
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

  async ask(method: string, target: string, body?: unknown): Promise<Answered> {
    const answered = await this.#front.ask(method, target, body);
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
    this.#options.onAnswer?.(seen);
    return delivery;
  }

  /** What was answered is on the disk before anybody hears of it, so that a kill loses nothing. */
  async #answer(request: FrontRequest): Promise<FrontResponse> {
    const response = await this.#front.answer(request);
    await this.save();
    return response;
  }

  async #broken(fault: Fault, request: FrontRequest): Promise<Delivery> {
    const substitute = substituteFor(fault, this.#front.rateHeaders());
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

  #log({ method, path, query, headers, body }: FrontRequest): SeenRequest {
    const seen: SeenRequest = {
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
