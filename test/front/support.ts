import { createServer } from "node:http";
import type { Emulator, EmulatorOptions } from "../../src/emulator/index.ts";
import { type FrontApi, FrontError } from "../../src/front/api.ts";
import { connectFront } from "../../src/front/client.ts";
import type { FrontOptions } from "../../src/front/connection.ts";
import type { HttpRequest, HttpResponse } from "../../src/front/http.ts";
import { startEmulator } from "../support/emulator.ts";
import { listen } from "../support/local-server.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

export const TOKEN = "a.unique-TOKEN+with/odd=characters~";
export const DATE = "Thu, 01 Jan 2026 00:00:00 GMT";

export const COOPER = { source: "email", handle: "cooper@fbi.example" } as const;

export interface TestFront {
  readonly emulator: Emulator;
  readonly front: FrontApi;
  readonly clock: VirtualClock;
  /** Connects another client to the same emulator. */
  connect(options?: Partial<FrontOptions>): FrontApi;
  /** Creates a contact with one email address, without using the client, and returns the contact's ID. */
  contact(email: string, properties?: object): Promise<string>;
  /** Returns the requests so far as `METHOD /path`. */
  sent(): string[];
}

interface TestFrontOptions {
  readonly emulator?: EmulatorOptions;
  readonly client?: Partial<FrontOptions>;
}

export async function withFront(
  options: TestFrontOptions,
  run: (testFront: TestFront) => Promise<void>,
): Promise<void> {
  const clock = new VirtualClock();
  await using emulator = await startEmulator({ now: () => clock.now(), token: TOKEN, ...options.emulator });
  const defaults = { url: emulator.url, token: TOKEN, clock, fetch: clock.fetch, backoff: 1, random: () => 0 };
  const connect: TestFront["connect"] = (clientOptions = {}) =>
    connectFront({ ...defaults, ...options.client, ...clientOptions });
  const contact: TestFront["contact"] = async (email, properties = {}) => {
    const body = { handles: [{ source: "email", handle: email }], ...properties };
    const created = await emulator.asTeammate("POST", "/contacts", body);
    if (created.status !== 201) throw new Error(JSON.stringify(created.body));
    return created.body.id;
  };
  const sent = () => emulator.requests.map(({ method, path }) => `${method} ${path}`);
  await run({ emulator, clock, front: connect(), connect, contact, sent });
}

/** Returns the `FrontError` that a promise rejects with. Any other result fails the test. */
export async function failure(promise: Promise<unknown>): Promise<FrontError> {
  const [result] = await Promise.allSettled([promise]);
  return catchError(() => {
    if (result.status === "rejected") throw result.reason;
  });
}

/** Returns the `FrontError` that a function throws. Any other result fails the test. */
export function catchError(run: () => unknown): FrontError {
  try {
    run();
  } catch (error) {
    if (error instanceof FrontError) return error;
    throw error;
  }
  throw new Error("No error was thrown.");
}

export function createRequest(
  method: HttpRequest["method"] = "GET",
  overrides: Partial<HttpRequest> = {},
): HttpRequest {
  return { method, url: new URL("https://api2.frontapp.com/contacts/crd_1"), bearer: TOKEN, ...overrides };
}

export function createResponse(status: number, headers: Record<string, string> = {}, body: unknown = ""): HttpResponse {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { status, headers: new Headers(headers), body: new TextEncoder().encode(text) };
}

export function errorBody(message: string, status = 429): object {
  return { _error: { status, title: "Error", message } };
}

export async function readAllIds(front: FrontApi): Promise<string[]> {
  const ids: string[] = [];
  for await (const { contacts } of front.contacts()) ids.push(...contacts.map(({ id }) => id));
  return ids;
}

export async function startOtherHost() {
  let count = 0;
  const server = createServer((_, response) => {
    count += 1;
    response.end("{}");
  });
  return { ...(await listen(server)), requestCount: () => count };
}
