import { type Emulator, type EmulatorOptions, startEmulator } from "../../src/emulator/index.ts";

/** A response. `body` is the parsed JSON; undefined if the text is not JSON. */
export interface CallResult {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: the tests check the shape
  readonly body: any;
}

interface CallOptions {
  readonly token?: string | undefined;
  readonly headers?: Record<string, string>;
}

/** An emulator, and functions that call it with plain `fetch` instead of the program's client. */
export interface TestFront {
  readonly emulator: Emulator;
  call(method: string, target: string, body?: unknown, options?: CallOptions): Promise<CallResult>;
  get(target: string): Promise<CallResult["body"]>;
  /** Returns a property of each result in the response to a GET of a listing. */
  results(target: string, property: "id" | "name"): Promise<string[]>;
  /** Creates a contact with one email address and returns the contact's ID. */
  contact(email: string, properties?: object): Promise<string>;
}

export async function withFront(options: EmulatorOptions, run: (front: TestFront) => Promise<void>): Promise<void> {
  await using emulator = await startEmulator(options);
  const call: TestFront["call"] = (method, target, body, callOptions) =>
    send(emulator, method, target, body, callOptions);
  const contact: TestFront["contact"] = async (email, properties = {}) => {
    const created = await call("POST", "/contacts", { handles: [{ source: "email", handle: email }], ...properties });
    if (created.status !== 201) throw new Error(created.text);
    return created.body.id;
  };
  const get: TestFront["get"] = async (target) => (await call("GET", target)).body;
  const results: TestFront["results"] = async (target, property) =>
    (await get(target))._results.map((result: Record<typeof property, string>) => result[property]);
  await run({ emulator, call, get, results, contact });
}

async function send(
  emulator: Emulator,
  method: string,
  target: string,
  body: unknown,
  options: CallOptions = {},
): Promise<CallResult> {
  const token = "token" in options ? options.token : emulator.token;
  const headers = new Headers(options.headers);
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  const isJson = !(body === undefined || body instanceof FormData || typeof body === "string");
  if (isJson) headers.set("content-type", "application/json");
  const content = isJson ? JSON.stringify(body) : body;
  const response = await fetch(emulator.url + target, { method, headers, redirect: "manual", body: content ?? null });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parseJson(text) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
