import { createHash } from "node:crypto";
import { type ApplyOptions, type ApplyReport, applyPlan } from "../../src/applying/apply.ts";
import { type Clock, systemClock } from "../../src/clock/clock.ts";
import type { EmulatorOptions, LoggedRequest } from "../../src/emulator/index.ts";
import type { FrontApi } from "../../src/front/api.ts";
import { connectFront } from "../../src/front/client.ts";
import type { FrontOptions } from "../../src/front/connection.ts";
import { picturesMatch } from "../../src/images/picture-similarity.ts";
import type { DesiredState, Handle, Picture } from "../../src/model/contact.ts";
import type { Plan } from "../../src/model/plan.ts";
import { planChanges } from "../../src/planning/plan-changes.ts";
import type { AvatarCache } from "../../src/reading/compare-avatars.ts";
import { type ReadOptions, readRemoteState } from "../../src/reading/read-remote-state.ts";
import { type Verification, type VerificationOptions, verifyApply } from "../../src/verifying/verify.ts";
import { locationAt, type Policy, UNGUARDED } from "./builders.ts";
import { FULL_PAGES, startEmulator, type TestEmulator } from "./emulator.ts";

/** Factor by which the client's clock is faster than real time, to shorten the waits that Front requests. */
const SPEEDUP = 10;
const fastClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now() * SPEEDUP,
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", finish);
        resolve();
      };
      const timer = setTimeout(finish, milliseconds / SPEEDUP);
      if (signal?.aborted) finish();
      else signal?.addEventListener("abort", finish);
    }),
};

/** The first retry delay, in milliseconds of the fast clock. */
const RETRY_DELAY_MS = 10;

/** An emulator and the real client, with picture files and a cache of picture hashes. */
export class TestEnvironment {
  readonly emulator: TestEmulator;
  /** The SHA-256 hashes of pictures by URL. */
  readonly avatarHashes = new Map<string, string>();
  readonly #pictures = new Map<string, Uint8Array>();
  #pendingEdit: { readonly start: string; readonly edit: () => unknown } | undefined;

  readonly advanceMinute: () => void;

  constructor(emulator: TestEmulator, advanceMinute: () => void = () => {}) {
    this.emulator = emulator;
    this.advanceMinute = advanceMinute;
  }

  /**
   * Calls `edit` once, immediately before Front processes the client's next request that starts with `start`, such as
   * `POST /contacts?` or `PATCH`.
   */
  beforeNext(start: string, edit: () => unknown): void {
    this.#pendingEdit = { start, edit };
  }

  async onRequest({ method, path, query }: LoggedRequest): Promise<void> {
    const { start, edit } = this.#pendingEdit ?? {};
    if (start === undefined || !`${method} ${path}?${query}`.startsWith(start)) return;
    this.#pendingEdit = undefined;
    await edit?.();
  }

  connect(options: Partial<FrontOptions> = {}): FrontApi {
    const { url, token, fetch } = this.emulator;
    return connectFront({ url, token, fetch, clock: fastClock, backoff: RETRY_DELAY_MS, ...options });
  }

  addPicture(path: string, bytes: Uint8Array): Picture & { readonly location: ReturnType<typeof locationAt> } {
    this.#pictures.set(path, bytes);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return { path, sha256, size: bytes.length, type: "image/png", location: locationAt(5) };
  }

  #bytes({ path }: Picture): Uint8Array {
    const bytes = this.#pictures.get(path);
    if (bytes === undefined) throw new Error(`${path} does not exist`);
    return bytes;
  }

  read(desired: DesiredState, front = this.connect({ readOnly: true }), options: Partial<ReadOptions> = {}) {
    const pictures: AvatarCache = {
      getHash: (url) => this.avatarHashes.get(url),
      storeHash: (url, sha256) => this.avatarHashes.set(url, sha256),
    };
    const isSamePicture: ReadOptions["isSamePicture"] = (file, remotePicture) =>
      picturesMatch(this.#bytes(file), remotePicture);
    return readRemoteState(desired, front, { pictures, isSamePicture, ...options });
  }

  async plan(desired: DesiredState, policy: Policy = UNGUARDED): Promise<Plan> {
    const { allowHandleMoves = false } = policy;
    return planChanges(desired, await this.read(desired, undefined, { allowHandleMoves }), policy);
  }

  apply(
    plan: Pick<Plan, "operations">,
    options: Partial<ApplyOptions> = {},
    front = this.connect(options.signal && { signal: options.signal }),
  ) {
    const readPicture = async (picture: Picture) => this.#bytes(picture);
    return applyPlan(plan, front, { clock: fastClock, backoff: RETRY_DELAY_MS, readPicture, ...options });
  }

  /** Applies a plan until the connection breaks, before or after Front processes a request that `randomNumber` selects. */
  applyWithLostConnection(plan: Pick<Plan, "operations" | "requests">, randomNumber: number): Promise<ApplyReport> {
    const interrupt = new AbortController();
    let remaining = randomNumber % (plan.requests.total + 1);
    const send = async (request: Request) => {
      remaining -= 1;
      if (remaining > 0) return await fetch(request);
      if (randomNumber % 2 === 0) await fetch(request);
      interrupt.abort();
      throw new TypeError("the connection was cut");
    };
    const { signal } = interrupt;
    return this.apply(plan, { signal }, this.connect({ signal, fetch: send }));
  }

  /** Applies a plan until it is interrupted after a number of operations that `randomNumber` selects, from none to all. */
  applyInterrupted(plan: Pick<Plan, "operations">, randomNumber: number): Promise<ApplyReport> {
    const interrupt = new AbortController();
    let remaining = randomNumber % (plan.operations.length + 1);
    if (remaining === 0) interrupt.abort();
    const onEnd = () => {
      remaining -= 1;
      if (remaining === 0) interrupt.abort();
    };
    return this.apply(plan, { signal: interrupt.signal, onEnd });
  }

  verify(
    plan: Plan,
    report: ApplyReport,
    options: Partial<VerificationOptions> = {},
    front = this.connect({ readOnly: true }),
  ) {
    const storeHash: AvatarCache["storeHash"] = (url, sha256) => this.avatarHashes.set(url, sha256);
    const pictures = { getHash: () => undefined, storeHash };
    return verifyApply(plan, report, front, { clock: fastClock, backoff: RETRY_DELAY_MS, pictures, ...options });
  }

  /**
   * Applies a plan a minute after it was created, and verifies the result. `requestCount` includes the requests of the
   * verification. The apply uses the real clock, because with the fast clock it sends additional requests on a slow
   * machine.
   */
  async applyAndVerify(
    plan: Plan,
  ): Promise<{ readonly report: ApplyReport; readonly verification: Verification; readonly requestCount: number }> {
    this.advanceMinute();
    const report = await this.apply(plan, { clock: systemClock });
    const verification = await this.verify(plan, report);
    return { report, verification, requestCount: report.requests + verification.requests };
  }

  async planAndApply(desired: DesiredState, options: Partial<ApplyOptions> = {}): Promise<ApplyReport> {
    return await this.apply(await this.plan(desired), options);
  }

  /** Sends a request as a teammate, and returns the body of the response. */
  // biome-ignore lint/suspicious/noExplicitAny: the type depends on the request
  async request(method: string, target: string, body?: unknown): Promise<any> {
    const response = await this.emulator.asTeammate(method, target, body);
    if (response.status >= 400) throw new Error(`${method} ${target}: ${JSON.stringify(response.body)}`);
    return response.body;
  }

  async createContact(handles: readonly Handle[], attributes: object = {}): Promise<string> {
    return (await this.request("POST", "/contacts", { handles, ...attributes })).id;
  }

  async createList(name: string): Promise<string> {
    await this.request("POST", "/contact_lists", { name });
    return (await this.#lists()).at(-1)?.id ?? "";
  }

  /**
   * Returns all contacts in Front, oldest first, without modification times. Collections that Front omits are empty.
   */
  async contacts(): Promise<Record<string, unknown>[]> {
    const items = await this.#all<Record<string, unknown>>("/contacts?limit=100&sort_by=created_at&sort_order=asc");
    return items.map(({ updated_at: _, _links, groups, ...rest }) => ({
      ...rest,
      links: rest["links"] ?? [],
      lists: rest["lists"] ?? [],
      custom_fields: rest["custom_fields"] ?? {},
    }));
  }

  /** Returns the writable values of all accounts in Front, oldest account first. */
  async accounts(): Promise<Record<string, unknown>[]> {
    const items = await this.#all<Record<string, unknown>>("/accounts?sort_order=asc");
    return items.map(({ name, description, domains, external_id, custom_fields }) => {
      return { name, description, domains, external_id, custom_fields };
    });
  }

  /** Returns the IDs of the contacts of a list or an account, such as `/accounts/acc_1`. */
  async memberIds(path: string): Promise<string[]> {
    return (await this.#all<{ id: string }>(`${path}/contacts`)).map(({ id }) => id);
  }

  async listNames(): Promise<string[]> {
    return (await this.#lists()).map(({ name }) => name);
  }

  async #lists(): Promise<{ readonly id: string; readonly name: string }[]> {
    return await this.#all("/contact_lists");
  }

  async #all<T>(target: string): Promise<T[]> {
    const items: T[] = [];
    for (let next: string | null = target; next !== null; ) {
      const page: { _results: T[]; _pagination: { next: string | null } } = await this.request("GET", next);
      items.push(...page._results);
      const url = page._pagination.next === null ? undefined : new URL(page._pagination.next);
      next = url === undefined ? null : url.pathname + url.search;
    }
    return items;
  }

  /** Returns the client's requests as `METHOD /path`, with `*` for the IDs of contacts, lists and workspaces. */
  sentRequests(): string[] {
    return this.emulator.requests.map(({ method, path }) => `${method} ${path.replace(/(crd|grp|tim)_\w+/g, "*")}`);
  }
}

/** Calls `run` with a new emulator and a client. By default, the emulator has no rate limit. */
export async function withTestEnvironment<T>(
  options: EmulatorOptions,
  run: (environment: TestEnvironment) => Promise<T>,
): Promise<T> {
  let offset = 0;
  const advanceMinute = () => {
    offset += 60_000;
  };
  const now = () => Date.now() + offset;
  let environment: TestEnvironment | undefined;
  const onRequest = (request: LoggedRequest) => environment?.onRequest(request);
  await using emulator = await startEmulator({ rate: Number.POSITIVE_INFINITY, now, onRequest, ...options });
  environment = new TestEnvironment(emulator, advanceMinute);
  return await run(environment);
}

/** Does the same as `withTestEnvironment`, but by default, every page is full, for tests that count requests. */
export function withFullPages<T>(
  options: EmulatorOptions,
  run: (environment: TestEnvironment) => Promise<T>,
): Promise<T> {
  return withTestEnvironment({ ...options, behavior: { listings: "whole", ...FULL_PAGES, ...options.behavior } }, run);
}
