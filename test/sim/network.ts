import type { FrontRequest, FrontResponse, LocalFront } from "../../src/emulator/index.ts";
import { connectionReset, createResponse } from "../support/plain-request.ts";
import { type Company, companyOf, type Effect, effectOf } from "./company.ts";
import { type FaultKind, type Group, groupOf, type Schedule } from "./faults.ts";
import type { Process } from "./process.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { SimTime } from "./sim-time.ts";

/** A request that a run sent, and its outcome. Times are in milliseconds since the start of the simulation. */
export interface SentRequest {
  readonly number: number;
  readonly process: Process;
  readonly origin: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly authorization: string | undefined;
  /** The body as text; empty for a form. */
  readonly body: string;
  readonly group: Group;
  readonly sentAt: number;
  fault: FaultKind | undefined;
  /** One effect for each time that Front processed the request and changed data. */
  readonly effects: Effect[];
  /** The time in milliseconds of the state that the response to a GET request shows. */
  asOf: number | undefined;
  /** The status of the response; undefined if the connection broke. */
  status: number | undefined;
  respondedAt: number | undefined;
  /** The wait that a 429 response requires, in milliseconds. */
  requiredWait: number | undefined;
}

export interface NetworkOptions {
  readonly front: LocalFront;
  readonly time: SimTime;
  readonly random: SeededRandom;
  /** Called before Front processes a request, so that other people can edit data between requests. */
  readonly beforeProcessing: () => Promise<void>;
}

interface ServedResponse {
  readonly response: FrontResponse;
  readonly at: number;
}

/** Maximum age of a stale response, in milliseconds. */
const MAXIMUM_STALENESS = 5000;
/** The owner of waits that do not belong to a run of the tool. */
const NETWORK = "network";

/** Delays requests, injects faults, and logs all requests. */
export class Network {
  readonly log: SentRequest[] = [];
  schedule: Schedule;
  /**
   * Returns a promise that resolves when a request may reach Front. The response then arrives immediately. Without a
   * gate, requests and responses take a random time.
   */
  gate: ((request: SentRequest) => Promise<void>) | undefined;
  readonly #options: NetworkOptions;
  readonly #served = new Map<string, ServedResponse>();
  #lastState: { readonly revision: number; readonly company: Company } | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: NetworkOptions, schedule: Schedule) {
    this.#options = options;
    this.schedule = schedule;
  }

  /**
   * Runs an action after all earlier actions have ended, so that no two actions read and change Front at the same time.
   */
  exclusively<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(action);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  readonly fetchFor =
    (process: Process) =>
    async (request: Request): Promise<Response> => {
      const { time } = this.#options;
      process.throwIfKilled();
      const { sentRequest, bytes } = await this.#recordRequest(process, request);
      if (process.step(`${sentRequest.number} before`)) return await forever();
      this.log.push(sentRequest);
      const response = await this.#transmit(sentRequest, request, bytes);
      if (!process.isAlive) return await forever();
      sentRequest.respondedAt = time.elapsed;
      return response;
    };

  async #recordRequest(process: Process, request: Request): Promise<{ sentRequest: SentRequest; bytes: Uint8Array }> {
    const { time } = this.#options;
    const url = new URL(request.url);
    const isForm = request.headers.get("content-type")?.startsWith("multipart/") ?? false;
    const bytes = request.method === "GET" ? NO_BYTES : new Uint8Array(await time.pauseDuring(request.arrayBuffer()));
    const sentRequest: SentRequest = {
      number: process.requests,
      process,
      origin: url.origin,
      method: request.method,
      path: url.pathname,
      query: url.search.slice(1),
      authorization: request.headers.get("authorization") ?? undefined,
      body: isForm || bytes === NO_BYTES ? "" : DECODER.decode(bytes),
      group: groupOf(request.method, url.pathname, isForm),
      sentAt: time.elapsed,
      fault: undefined,
      effects: [],
      asOf: undefined,
      status: undefined,
      respondedAt: undefined,
      requiredWait: undefined,
    };
    process.requests += 1;
    return { sentRequest, bytes };
  }

  async #transmit(sentRequest: SentRequest, request: Request, bytes: Uint8Array): Promise<Response> {
    const { time, random } = this.#options;
    sentRequest.fault = this.schedule.pick(sentRequest.method, sentRequest.group);
    await (this.gate === undefined ? time.sleep(random.between(5, 60), NETWORK) : this.gate(sentRequest));
    const frontRequest = frontRequestOf(sentRequest, request, bytes);
    const response = await this.#respondOrFail(sentRequest, frontRequest);
    if (sentRequest.process.step(`${sentRequest.number} processed`)) return await forever();
    await this.#delayResponse(sentRequest, request);
    if (sentRequest.process.step(`${sentRequest.number} responded`)) return await forever();
    return this.#deliver(sentRequest, response);
  }

  /** Delays the response, and throws as soon as the request is aborted. */
  async #delayResponse(sentRequest: SentRequest, { signal }: Request): Promise<void> {
    if (this.gate !== undefined) return;
    const { time, random } = this.#options;
    const slowness =
      sentRequest.fault === "slow" ? random.between(500, 20_000) : sentRequest.fault === "too-slow" ? 600_000 : 0;
    await time.sleep(random.between(5, 60) + slowness, NETWORK, signal);
    signal.throwIfAborted();
  }

  async #respondOrFail(sentRequest: SentRequest, frontRequest: FrontRequest): Promise<FrontResponse | undefined> {
    switch (sentRequest.fault) {
      case "reset-before":
        return undefined;
      case "5xx-before":
      case "html":
      case "html-error":
      case "no-route":
      case "429-with-retry-after":
      case "429-of-a-tier":
      case "429-without-headers":
      case "429-for-long":
        return this.#faultResponse(sentRequest.fault);
      case "done-later":
        this.#processLater(sentRequest, frontRequest);
        return undefined;
      case "reset-after":
        await this.#process(sentRequest, frontRequest);
        return undefined;
      case "5xx-after":
        await this.#process(sentRequest, frontRequest);
        return this.#faultResponse(sentRequest.fault);
      case "stale":
        return this.#staleResponse(sentRequest) ?? (await this.#process(sentRequest, frontRequest));
      default:
        return await this.#process(sentRequest, frontRequest);
    }
  }

  #processLater(sentRequest: SentRequest, frontRequest: FrontRequest): void {
    const { time, random } = this.#options;
    void time.sleep(random.between(200, 9000), NETWORK).then(() => this.#process(sentRequest, frontRequest));
  }

  #staleResponse(sentRequest: SentRequest): FrontResponse | undefined {
    const servedResponse = this.#served.get(addressOf(sentRequest));
    if (servedResponse === undefined || servedResponse.at < this.#options.time.elapsed - MAXIMUM_STALENESS)
      return undefined;
    sentRequest.asOf = servedResponse.at;
    return servedResponse.response;
  }

  async #process(sentRequest: SentRequest, frontRequest: FrontRequest): Promise<FrontResponse> {
    const { front, time, beforeProcessing } = this.#options;
    return await this.exclusively(async () => {
      await beforeProcessing();
      const before = sentRequest.method === "GET" ? undefined : this.company();
      const revision = front.revision;
      const response = await front.respond(frontRequest);
      if (before !== undefined && front.revision !== revision) {
        sentRequest.effects.push(effectOf(before, this.company(), time.elapsed));
      }
      if (sentRequest.method === "GET") this.#storeResponse(sentRequest, response);
      return response;
    });
  }

  #storeResponse(sentRequest: SentRequest, response: FrontResponse): void {
    sentRequest.asOf = this.#options.time.elapsed;
    if (response.status < 300 || response.status === 404) {
      this.#served.set(addressOf(sentRequest), { response, at: sentRequest.asOf });
    }
  }

  company(): Company {
    const { front } = this.#options;
    if (this.#lastState?.revision !== front.revision) {
      this.#lastState = { revision: front.revision, company: companyOf(front.snapshot()) };
    }
    return this.#lastState.company;
  }

  #faultResponse(fault: FaultKind): FrontResponse {
    const { random, front } = this.#options;
    const rateHeaders = front.rateHeaders();
    switch (fault) {
      case "429-with-retry-after":
        return tooManyRequests(rateHeaders, { "retry-after": String(random.pick([1, 2, 17])) });
      case "429-of-a-tier":
        return tooManyRequests(rateHeaders, { "x-front-tier": "2" }, "Please retry in 700 milliseconds.");
      case "429-without-headers":
        return tooManyRequests({}, {});
      case "429-for-long":
        return tooManyRequests(rateHeaders, { "retry-after": "86400" });
      case "no-route":
        return errorResponse(404, rateHeaders, "No such route.");
      case "html":
        return htmlPage(200);
      case "html-error":
        return htmlPage(random.pick([502, 403]));
      default:
        return errorResponse(random.pick([500, 502, 503, 504]), rateHeaders, "Internal error.");
    }
  }

  #deliver(sentRequest: SentRequest, response: FrontResponse | undefined): Response {
    if (response === undefined) throw connectionReset();
    const { status, body } = response;
    sentRequest.status = status;
    if (status === 429) sentRequest.requiredWait = waitOf(response);
    const headers = { ...response.headers, date: new Date(this.#options.time.now()).toUTCString() };
    if (status === 204) return createResponse(null, status, headers);
    const bytes = typeof body === "string" ? ENCODER.encode(body) : (body ?? NO_BYTES);
    const firstHalf = bytes.slice(0, bytes.length / 2);
    if (sentRequest.fault === "cut-body") return new Response(breakingAfter(firstHalf), { status, headers });
    return createResponse(sentRequest.fault === "half-body" ? firstHalf : bytes, status, headers);
  }
}

const NO_BYTES = new Uint8Array();
const DECODER = new TextDecoder();
const ENCODER = new TextEncoder();

/** Returns a promise that never settles, because a killed run receives no response. */
function forever(): Promise<never> {
  return new Promise(() => {});
}

function addressOf({ path, query }: SentRequest): string {
  return `${path}?${query}`;
}

function frontRequestOf({ method, path, query }: SentRequest, { headers }: Request, body: Uint8Array): FrontRequest {
  return {
    method,
    path,
    query: new URLSearchParams(query),
    body,
    headers: { ...Object.fromEntries(headers), host: "front.example" },
  };
}

function errorResponse(status: number, headers: Record<string, string>, message: string): FrontResponse {
  const body = JSON.stringify({ _error: { status, title: "Error", message } });
  return { status, headers: { "content-type": "application/json", ...headers }, body };
}

function tooManyRequests(
  rateHeaders: Record<string, string>,
  extraHeaders: Record<string, string>,
  message = "Too many requests",
) {
  return errorResponse(429, { ...rateHeaders, ...extraHeaders }, message);
}

function htmlPage(status: number): FrontResponse {
  const body = "<!DOCTYPE html><title>Just a moment...</title>";
  return { status, headers: { "content-type": "text/html" }, body };
}

/** Returns the wait in milliseconds, or undefined if the response does not specify a wait. */
function waitOf({ headers, body }: FrontResponse): number | undefined {
  const seconds = headers["retry-after"];
  if (seconds !== undefined) return Number(seconds) * 1000;
  const match = /retry in (\d+) milliseconds/.exec(typeof body === "string" ? body : "");
  return match === null ? undefined : Number(match[1]);
}

function breakingAfter(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let isSent = false;
  return new ReadableStream({
    pull(controller) {
      if (isSent) controller.error(new TypeError("terminated"));
      else controller.enqueue(bytes);
      isSent = true;
    },
  });
}
