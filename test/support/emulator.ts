import { appendFileSync } from "node:fs";
import { startForTests } from "../../src/emulator/emulator.ts";
import type * as emulator from "../../src/emulator/index.ts";
import { BEHAVIOR_OPTIONS } from "../../src/emulator/index.ts";
import type { Fetch } from "../../src/front/http.ts";
import { reencodePicture } from "../../src/images/decode-picture.ts";
import { SCALE } from "../scale.ts";
import { createDirectFetch } from "./direct-fetch.ts";

type Behavior = emulator.Behavior;

/**
 * The variable FRONT_BEHAVE sets the emulator behavior for a whole test run, for example `phoneForm=digits`. Several
 * settings are separated by commas. Behavior that a test sets takes precedence.
 */
export const BEHAVIOR_OVERRIDES: Partial<Behavior> = Object.fromEntries(
  (process.env["FRONT_BEHAVE"] ?? "")
    .split(",")
    .filter((text) => text !== "")
    .map(parseBehavior),
);

function parseBehavior(text: string): readonly [string, unknown] {
  const [name = "", value = ""] = text.split("=");
  const values: readonly unknown[] = BEHAVIOR_OPTIONS[name as keyof Behavior] ?? [];
  const option = values.find((candidate) => String(candidate) === value);
  if (option === undefined) throw new Error(`FRONT_BEHAVE: "${text}" is not a behavior of the emulator`);
  return [name, option];
}

const log = process.env["FRONT_BEHAVE_LOG"];
const loggedLines = new Set<string>();

/**
 * Logs the behavior options that the emulator uses in each test file, to the file that FRONT_BEHAVE_LOG names. Options
 * that are not logged for a test file do not affect its tests.
 */
export const BEHAVIOR_LOGGING: Pick<emulator.CompanyOptions, "onBehavior"> = log === undefined ? {} : { onBehavior };

function onBehavior(name: keyof Behavior): void {
  const line = `${process.env["FRONT_TEST_FILE"]}\t${name}\n`;
  if (log === undefined || loggedLines.has(line)) return;
  loggedLines.add(line);
  appendFileSync(log, line);
}

/** Behavior for tests that count pages: every page is full. */
export const FULL_PAGES = { shortPages: false, emptyPages: false } as const;

/** Behavior for tests that compare a picture in Front with the uploaded file. */
export const PICTURES_AS_SENT = { storedAvatars: "as-sent", avatarHost: "own" } as const;

/** The kinds of faults that send a complete response. Other kinds require a real connection to break. */
const FAULTS_WITH_RESPONSE: readonly emulator.Fault["kind"][] = ["status", "429", "html", "redirect", "delay"];

/** An emulator that also receives requests without HTTP. */
export interface TestEmulator extends emulator.Emulator {
  readonly fetch: Fetch;
}

/** Starts an emulator with the behavior that is set for the whole test run. */
export async function startEmulator(options: emulator.EmulatorOptions = {}): Promise<TestEmulator> {
  const { emulator: started, sendDirectly } = await startForTests({
    ...BEHAVIOR_LOGGING,
    reencodeAvatar: reencodePicture,
    ...options,
    behavior: { ...BEHAVIOR_OVERRIDES, ...options.behavior },
  });
  const directFetch = createDirectFetch(sendDirectly, options.now);
  const isDirect = ({ url }: Request) =>
    !SCALE.sendsOverHttp &&
    url.startsWith(`${started.url}/`) &&
    started.faults.every(({ kind }) => FAULTS_WITH_RESPONSE.includes(kind));
  return Object.assign(started, {
    fetch: (request: Request) => (isDirect(request) ? directFetch(request) : fetch(request)),
  });
}
