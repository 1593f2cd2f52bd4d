import { type Emulator, type EmulatorOptions, startEmulator } from "../../src/emulator/index.ts";

export interface Called {
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

/** An emulator that tests use with plain fetch, without the client of the program. */
export interface TestFront {
  readonly emulator: Emulator;
  call(method: string, target: string, body?: unknown, options?: CallOptions): Promise<Called>;
  /** Creates a contact with one email and returns its id. */
  contact(email: string, more?: object): Promise<string>;
}

/** Runs with an emulator and stops it afterwards. */
export async function withFront(options: EmulatorOptions, run: (front: TestFront) => Promise<void>): Promise<void> {
  await using emulator = await startEmulator(options);
  const call: TestFront["call"] = (method, target, body, more) => ask(emulator, method, target, body, more);
  const contact: TestFront["contact"] = async (email, more = {}) => {
    const created = await call("POST", "/contacts", { handles: [{ source: "email", handle: email }], ...more });
    if (created.status !== 201) throw new Error(created.text);
    return created.body.id;
  };
  await run({ emulator, call, contact });
}

async function ask(
  emulator: Emulator,
  method: string,
  target: string,
  body: unknown,
  options: CallOptions = {},
): Promise<Called> {
  const token = "token" in options ? options.token : emulator.token;
  const headers = new Headers(options.headers);
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  const isRaw = body instanceof FormData || typeof body === "string";
  if (!isRaw && body !== undefined) headers.set("content-type", "application/json");
  const sent = isRaw || body === undefined ? body : JSON.stringify(body);
  const response = await fetch(emulator.url + target, {
    ...{ method, headers, redirect: "manual" as const },
    ...(sent === undefined ? {} : { body: sent }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
