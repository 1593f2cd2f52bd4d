import { appendFileSync } from "node:fs";
import * as emulator from "../../src/emulator/index.ts";
import { reencodePicture } from "../../src/images/decode-picture.ts";

type Behavior = emulator.Behavior;

/**
 * The emulator switches that the environment variable FRONT_BEHAVE sets for a whole test run, such as
 * `FRONT_BEHAVE=phoneForm=digits`; several are separated by commas. A test of one switch sets it itself.
 */
export const SWITCHED: Partial<Behavior> = Object.fromEntries(
  (process.env["FRONT_BEHAVE"] ?? "")
    .split(",")
    .filter((text) => text !== "")
    .map(switchFrom),
);

function switchFrom(text: string): readonly [string, unknown] {
  const [name = "", value = ""] = text.split("=");
  const values: readonly unknown[] = emulator.BEHAVIOR_OPTIONS[name as keyof Behavior] ?? [];
  const found = values.find((option) => String(option) === value);
  if (found === undefined) throw new Error(`FRONT_BEHAVE: "${text}" is not a switch of the emulator`);
  return [name, found];
}

const log = process.env["FRONT_BEHAVE_LOG"];
const logged = new Set<string>();

/**
 * Appends the switches that the emulator used, each with the test file, to the file in the environment variable
 * FRONT_BEHAVE_LOG. Other switches make no difference to that test file.
 */
export const LOG_SWITCHES: Pick<emulator.CompanyOptions, "onBehavior"> = log === undefined ? {} : { onBehavior };

function onBehavior(name: keyof Behavior): void {
  const line = `${process.env["FRONT_TEST_FILE"]}\t${name}\n`;
  if (log === undefined || logged.has(line)) return;
  logged.add(line);
  appendFileSync(log, line);
}

/** Behavior for tests that count pages: every page is full. */
export const FULL_PAGES = { shortPages: false, emptyPages: false } as const;

/** Behavior for tests that compare a picture in Front with the uploaded file. */
export const PICTURES_AS_SENT = { storedAvatars: "as-sent", avatarHost: "own" } as const;

/** Starts an emulator with the switches of this test run. */
export function startEmulator(options: emulator.EmulatorOptions = {}): Promise<emulator.Emulator> {
  return emulator.startEmulator({
    ...LOG_SWITCHES,
    reencodeAvatar: reencodePicture,
    ...options,
    behavior: { ...SWITCHED, ...options.behavior },
  });
}
