import { UsageError } from "../process-io.ts";

/** An option or argument: its syntax on the command line, and the conversion of its value. */
export interface Option<T> {
  /** A switch is written without a value, or as `--name=true` or `--name=false`. */
  readonly kind: "switch" | "value";
  readonly repeatable: boolean;
  readonly describe: string;
  /** Represents the value in help, such as `FILE`. */
  readonly placeholder?: string;
  /** The heading in help; without one, the option is one of the command's own. */
  readonly group?: string;
  /** Values that a shell can complete. */
  readonly choices?: readonly string[];
  /** Converts the values given; there are none if the option was left out. Throws a `UsageError`. */
  readonly read: (values: readonly string[], name: string) => T;
}

/** Options by their name in camel case: `autoApprove` is written `--auto-approve`. */
export type Options = Readonly<Record<string, Option<unknown>>>;

export type ValuesOf<O extends Options> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never };

/** The values given on the command line, by option name in camel case. */
export type GivenValues = ReadonlyMap<string, readonly string[]>;

export function optionName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Returns options that help shows under a heading. */
export function inGroup<O extends Options>(group: string, options: O): O {
  return Object.fromEntries(
    Object.entries(options).map(([key, option]) => [key, { ...option, group }]),
  ) as unknown as O;
}

/** Reads all options. Throws a `UsageError` for the first one that is not valid. */
export function readOptions<O extends Options>(options: O, given: GivenValues): ValuesOf<O> {
  const values = Object.entries(options).map(
    ([key, option]) => [key, option.read(given.get(key) ?? [], `--${optionName(key)}`)] as const,
  );
  return Object.fromEntries(values) as ValuesOf<O>;
}

/** A switch that is off by default. */
export function flag(describe: string): Option<boolean> {
  return { kind: "switch", repeatable: false, describe, read: (values, name) => readSwitch(values, name) ?? false };
}

/** A switch that is off by default, and also takes one value: `--name` or `--name=VALUE`. */
export function flagOr<C extends string>(choice: C, describe: string): Option<boolean | C> {
  const read = (values: readonly string[], name: string) => {
    const given = single(values, name);
    if (given === undefined || given === "true" || given === "false") return given === "true";
    if (given === choice) return choice;
    throw notValid(given, name, `Use ${name}, or ${name}=${choice}.`);
  };
  return { kind: "switch", repeatable: false, describe, read };
}

/** A switch whose default depends on other options. */
export function optionalFlag(describe: string): Option<boolean | undefined> {
  return { kind: "switch", repeatable: false, describe, read: readSwitch };
}

export function text(describe: string, placeholder = "VALUE"): Option<string | undefined> {
  return value(describe, (given) => given, placeholder);
}

/** An option that may be repeated. */
export function texts(describe: string, placeholder = "VALUE"): Option<readonly string[]> {
  return {
    ...{ kind: "value", repeatable: true, describe, placeholder },
    read: (values, name) => values.map((each) => single([each], name) ?? ""),
  };
}

/** An option with a value from a list. A placeholder is for lists that are too long for a line of help. */
export function choice<C extends string>(
  choices: readonly C[],
  describe: string,
  placeholder = choices.join("|"),
): Option<C | undefined> {
  const read = (given: string, name: string) => {
    const chosen = choices.find((known) => known === given);
    if (chosen === undefined) throw notValid(given, name, `Use one of: ${choices.join(", ")}.`);
    return chosen;
  };
  return { ...value(describe, read, placeholder), choices };
}

/** A whole number within limits. */
export function wholeNumber(
  describe: string,
  { minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: { readonly minimum?: number; readonly maximum?: number } = {},
): Option<number | undefined> {
  const read = (given: string, name: string) => {
    const number = Number(given);
    if (/^\d+$/.test(given) && number >= minimum && number <= maximum) return number;
    const range = maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
    throw notValid(given, name, `Use a whole number ${range}.`);
  };
  return value(describe, read, "N");
}

/** A share, written as `20%` or `0.2` and returned as a fraction. */
export function share(describe: string, { maximum }: { readonly maximum: number }): Option<number | undefined> {
  const read = (given: string, name: string) => {
    const isPercentage = /^\d{1,3}(\.\d+)?%$/.test(given);
    const fraction = isPercentage ? Number(given.slice(0, -1)) / 100 : Number(given);
    if (fraction >= 0 && fraction <= maximum) return fraction;
    throw notValid(given, name, `Use a percentage from 0% to ${Math.floor(maximum * 100)}%, such as ${name} 20%.`);
  };
  return value(describe, read, "SHARE");
}

const DURATION = /^(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,5})s)?$/;

/** A duration, written as `1h30m` and returned in seconds. */
export function duration(describe: string): Option<number | undefined> {
  const read = (given: string, name: string) => {
    const [, hours = 0, minutes = 0, seconds = 0] = DURATION.exec(given) ?? [];
    if (!DURATION.test(given)) throw notValid(given, name, "Use a duration such as 90s, 10m or 1h30m.");
    return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  };
  return value(describe, read, "DURATION");
}

/** An option with one value, converted by `convert`. */
export function value<T>(
  describe: string,
  convert: (given: string, name: string) => T,
  placeholder = "VALUE",
): Option<T | undefined> {
  const read = (values: readonly string[], name: string) => {
    const given = single(values, name);
    return given === undefined ? undefined : convert(given, name);
  };
  return { kind: "value", repeatable: false, describe, placeholder, read };
}

function notValid(given: string, name: string, advice: string): UsageError {
  return new UsageError(`"${given}" is not a valid value for ${name}`, advice);
}

/** Throws if two options that exclude each other are both given. */
export function exclusive(first: string, second: string, bothGiven: boolean): void {
  if (bothGiven) throw new UsageError(`${first} and ${second} cannot be combined`, "Use only one of them.");
}

/** Throws for the first of the options that is given. */
export function refuse(
  given: Readonly<Record<string, boolean>>,
  explain: (option: string) => readonly [summary: string, advice: string],
): void {
  const [option] = Object.entries(given).find(([, isGiven]) => isGiven) ?? [];
  if (option !== undefined) throw new UsageError(...explain(option));
}

function readSwitch(values: readonly string[], name: string): boolean | undefined {
  const given = single(values, name);
  if (given === undefined) return undefined;
  if (given === "true" || given === "false") return given === "true";
  throw notValid(given, name, `Use ${name}, ${name}=true or ${name}=false.`);
}

function single(values: readonly string[], name: string): string | undefined {
  const [given, second] = values;
  if (second !== undefined) throw new UsageError(`${name} is given more than once`, "Use it once.");
  if (given === "") throw new UsageError(`Missing value for ${name}`, `Use ${name}=VALUE.`);
  return given;
}
