import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { type EmulatorIo, runEmulator } from "../../cli/emulator.ts";

/** A terminal to type into: what was printed, and a way to press Ctrl-C. */
function terminal(interactive = false) {
  const listeners = new Set<(signal: NodeJS.Signals) => void>();
  const printed = { out: "", err: "" };
  let whenListening: () => void = () => undefined;
  const listening = new Promise<void>((resolve) => {
    whenListening = resolve;
  });
  const io: EmulatorIo = {
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
    env: process.env,
    interactive,
    onSignal(listener) {
      listeners.add(listener);
      whenListening();
      return () => listeners.delete(listener);
    },
  };
  const send = (signal: NodeJS.Signals) => {
    for (const listener of listeners) listener(signal);
  };
  return { io, printed, send, listening };
}

const NODE = process.execPath;

test("prints how to reach it, and runs until it is stopped", async () => {
  const { io, printed, send, listening } = terminal();
  const ended = runEmulator(["--token", "secret"], io);
  await listening;
  await new Promise((resolve) => setTimeout(resolve, 10));
  const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(printed.out) ?? [];
  expect(printed.out).toBe(`Front is at ${url}\n\nexport FRONT_API_URL=${url}\nexport FRONT_API_TOKEN=secret\n`);
  expect((await fetch(`${url}/me`, { headers: { authorization: "Bearer secret" } })).status).toBe(200);
  send("SIGTERM");
  expect(await ended).toBe(0);
  await expect(fetch(`${url}/me`)).rejects.toThrow("fetch failed");
});

test("runs a command against it, and passes its exit code on", async () => {
  const { io, printed } = terminal();
  const script = `
    const headers = { authorization: "Bearer " + process.env.FRONT_API_TOKEN };
    fetch(process.env.FRONT_API_URL + "/me", { headers }).then(({ status }) => process.exit(status === 200 ? 7 : 1));
  `;
  expect(await runEmulator(["--log", "--", NODE, "-e", script], io)).toBe(7);
  expect(printed).toEqual({ out: "", err: "GET /me 200\n" });
});

test.each([
  ["login", "front-contacts s3cret undefined undefined"],
  ["ci", "front-contacts s3cret string undefined"],
])("gives a command what OAuth needs for %s, and no token of another Front", async (kind, known) => {
  const { io } = terminal();
  const script = `
    const { FRONT_OAUTH_CLIENT_ID: id, FRONT_OAUTH_CLIENT_SECRET: secret, FRONT_OAUTH_URL: url } = process.env;
    const { FRONT_OAUTH_REFRESH_TOKEN: refresh, FRONT_API_TOKEN: token, FRONT_API_URL: api } = process.env;
    if (url !== api + "/oauth") process.exit(1);
    const kind = refresh === undefined || refresh === "theirs" ? refresh : "string";
    process.exit([id, secret, kind, token].map(String).join(" ") === process.argv[1] ? 0 : 2);
  `;
  const env = { ...io.env, FRONT_API_TOKEN: "theirs", FRONT_OAUTH_REFRESH_TOKEN: "theirs" };
  const words = ["--oauth", kind, "--oauth-client", "front-contacts:s3cret", "--", NODE, "-e", script, known];
  expect(await runEmulator(words, { ...io, env })).toBe(0);
});

test("gives a command its own flags", async () => {
  const { io } = terminal();
  expect(
    await runEmulator(["--", NODE, "-e", "process.exit(process.argv[1] === '--port' ? 0 : 1)", "--", "--port"], io),
  ).toBe(0);
});

test.each([
  ["SIGTERM", false, 143],
  ["SIGHUP", true, 129],
  ["SIGINT", false, 130],
] as const)("passes %s on to the command, at a terminal: %s, and answers %s", async (signal, interactive, code) => {
  const { io, send, listening } = terminal(interactive);
  const ended = runEmulator(["--", NODE, "-e", "setTimeout(() => {}, 10000)"], io);
  await listening;
  send(signal);
  expect(await ended).toBe(code);
});

test("does not send Ctrl-C a second time to a command that shares the terminal", async () => {
  const { io, send, listening } = terminal(true);
  const ended = runEmulator(["--", NODE, "-e", "setTimeout(() => process.exit(5), 300)"], io);
  await listening;
  send("SIGINT");
  expect(await ended).toBe(5);
});

test("shows help and version", async () => {
  const help = terminal();
  expect(await runEmulator(["--help"], help.io)).toBe(0);
  expect(help.printed.out).toContain("front-emulator [flags] -- COMMAND");
  expect(help.printed.out).toContain("phoneForm=as-sent|digits");
  const version = terminal();
  expect(await runEmulator(["--version"], version.io)).toBe(0);
  expect(version.printed.out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each([
  [["--bogus"], "Unknown option '--bogus'; see front-emulator --help"],
  [["plan"], "put a command to run after --"],
  [["--port", "x"], '--port takes a whole number up to 65535, not "x".'],
  [["--port", "70000"], "--port takes a whole number up to 65535"],
  [["--port"], "see front-emulator --help"],
  [["--others", "120%"], "--others takes a whole number up to 100"],
  [["--scopes", "contacts:all"], '"contacts:all" is not a scope; known are contacts:read'],
  [["--behave", "shortPage"], 'there is no behaviour "shortPage"'],
  [["--behave", "phoneForm=e164"], 'phoneForm can be as-sent or digits, not "e164".'],
  [["--fault", "POST /contacts"], '"POST /contacts" is not a fault'],
  [["--oauth", "no"], '--oauth can be login or ci, not "no".'],
  [["--oauth-client", "id"], "takes an id and a secret"],
  [["--seed", "/nonexistent.json"], "/nonexistent.json cannot be read (ENOENT)"],
  [["--"], "there is no command after --"],
  [["--", "/nonexistent-command"], "/nonexistent-command cannot be run (ENOENT)"],
])("answers %j with one sentence and exit code 1", async (words, sentence) => {
  const { io, printed } = terminal();
  expect(await runEmulator(words, io)).toBe(1);
  expect(printed.out).toBe("");
  expect(printed.err).toMatch(/^front-emulator: [^\n]+\n$/);
  expect(printed.err).toContain(sentence);
});

test("hands its flags to the emulator", async () => {
  const directory = await mkdtemp(join(tmpdir(), "front-emulator-"));
  const state = join(directory, "front.json");
  const { io, printed } = terminal();
  const script = `
    const headers = { authorization: "Bearer " + process.env.FRONT_API_TOKEN };
    const ask = (target) => fetch(process.env.FRONT_API_URL + target, { headers });
    (async () => {
      const limited = await ask("/me");
      const broken = await ask("/contacts");
      const forbidden = await ask("/accounts");
      if (limited.headers.get("x-ratelimit-limit") !== "1000000") process.exit(1);
      process.exit(broken.status === 503 && forbidden.status === 403 ? 0 : 1);
    })();
  `;
  const flags = [
    ...["--rate", "0", "--scopes", "contacts:read", "--fault", "GET /contacts=503", "--state", state],
    ...["--behave", "shortPages", "--latency", "1", "--window", "1000", "--others", "20%"],
  ];
  expect(await runEmulator([...flags, "--", NODE, "-e", script], io)).toBe(0);
  expect(printed.err).toBe("");
  expect(JSON.parse(await readFile(state, "utf8")).company.id).toBe("cmp_tp1");
  await rm(directory, { recursive: true });
});
