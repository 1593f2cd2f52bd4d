import { UsageError } from "../environment.ts";

export interface Option<T> {
  /**
   * A flag takes no separate value. It may be written `--name=true`, `--name=false` or, for `flagOrChoice`,
   * `--name=VALUE`.
   */
  readonly kind: "flag" | "value";
  readonly repeatable: boolean;
  readonly description: string;
  /** The name of the value in help, such as `FILE`. */
  readonly placeholder?: string;
  /** The heading in help; "Options" by default. */
  readonly group?: string;
  /** Values that a shell can complete. */
  readonly choices?: readonly string[];
  /**
   * Returns the value of the option. `values` contains the texts on the command line, and is empty if the option is not
   * set. `name` is the name with dashes, for errors. Throws a `UsageError` if a text is not valid.
   */
  readonly read: (values: readonly string[], name: string) => T;
}

/** Options by name in camel case: `autoApprove` is written `--auto-approve`. */
export type Options = Readonly<Record<string, Option<unknown>>>;

export type ValuesOf<O extends Options> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never };

/** The unparsed values of options on the command line, by option name in camel case. */
export type RawValues = ReadonlyMap<string, readonly string[]>;

/** Returns the name without the leading `--`, such as `auto-approve`. */
export function optionName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export function inGroup<O extends Options>(group: string, options: O): O {
  return Object.fromEntries(
    Object.entries(options).map(([key, option]) => [key, { ...option, group }]),
  ) as unknown as O;
}

export function readOptions<O extends Options>(options: O, raw: RawValues): ValuesOf<O> {
  const values = Object.entries(options).map(
    ([key, option]) => [key, option.read(raw.get(key) ?? [], `--${optionName(key)}`)] as const,
  );
  return Object.fromEntries(values) as ValuesOf<O>;
}

/** Returns a flag that is off by default. */
export function flag(description: string): Option<boolean> {
  return { ...optionalFlag(description), read: (values, name) => readFlag(values, name) ?? false };
}

/** Returns a flag that is off by default and accepts one optional value: `--name` or `--name=VALUE`. */
export function flagOrChoice<C extends string>(choice: C, description: string): Option<boolean | C> {
  const read = (values: readonly string[], name: string) => {
    const advice = `Use ${name}, or ${name}=${choice}.`;
    const input = singleValue(values, name, advice);
    if (input === undefined || input === "true" || input === "false") return input === "true";
    if (input === choice) return choice;
    throw invalidValueError(input, name, advice);
  };
  return { ...optionalFlag(description), read };
}

/** Returns a flag that is undefined by default. */
export function optionalFlag(description: string): Option<boolean | undefined> {
  return { kind: "flag", repeatable: false, description, read: readFlag };
}

export function text(description: string, placeholder = "VALUE"): Option<string | undefined> {
  return value(description, (input) => input, placeholder);
}

export function repeatableText(description: string, placeholder: string): Option<readonly string[]> {
  const read = (values: readonly string[], name: string) =>
    values.map((input) => singleValue([input], name, `Use ${name} ${placeholder}.`) ?? "");
  return { kind: "value", repeatable: true, description, placeholder, read };
}

/** Returns an option that accepts one of `choices`. Set `placeholder` if the choices are too long for help. */
export function choice<C extends string>(
  choices: readonly C[],
  description: string,
  placeholder = choices.join("|"),
): Option<C | undefined> {
  const read = (input: string, name: string) => {
    const selectedChoice = choices.find((candidate) => candidate === input);
    if (selectedChoice === undefined) throw invalidValueError(input, name, `Use one of: ${choices.join(", ")}.`);
    return selectedChoice;
  };
  return { ...value(description, read, placeholder), choices };
}

export function wholeNumber(
  description: string,
  { minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: { readonly minimum?: number; readonly maximum?: number } = {},
): Option<number | undefined> {
  const read = (input: string, name: string) => {
    const number = Number(input);
    if (/^\d+$/.test(input) && number >= minimum && number <= maximum) return number;
    const range = maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
    throw invalidValueError(input, name, `Use a whole number ${range}.`);
  };
  return value(description, read, "N");
}

/**
 * Returns an option for a whole percentage such as `20%`, as in the configuration. The value of the option is a fraction.
 * `maximum` is in percent.
 */
export function percentage(description: string, { maximum }: { readonly maximum: number }): Option<number | undefined> {
  const read = (input: string, name: string) => {
    const percent = /^\d{1,3}%$/.test(input) ? Number(input.slice(0, -1)) : undefined;
    if (percent !== undefined && percent <= maximum) return percent / 100;
    throw invalidValueError(input, name, `Use a whole percentage from 0% to ${maximum}%, such as ${name} 20%.`);
  };
  return value(description, read, "SHARE");
}

const DURATION = /^(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,5})s)?$/;

/** Returns an option for a duration such as `1h30m`, in seconds. */
export function duration(description: string): Option<number | undefined> {
  const read = (input: string, name: string) => {
    const [, hours = 0, minutes = 0, seconds = 0] = DURATION.exec(input) ?? [];
    if (!DURATION.test(input)) throw invalidValueError(input, name, "Use a duration such as 90s, 10m or 1h30m.");
    return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  };
  return value(description, read, "DURATION");
}

/** Returns an option whose text is converted to a value. `convert` throws a `UsageError` if the text is not valid. */
export function value<T>(
  description: string,
  convert: (input: string, name: string) => T,
  placeholder = "VALUE",
): Option<T | undefined> {
  const read = (values: readonly string[], name: string) => {
    const input = singleValue(values, name, `Use ${name} ${placeholder}.`);
    return input === undefined ? undefined : convert(input, name);
  };
  return { kind: "value", repeatable: false, description, placeholder, read };
}

function invalidValueError(input: string, name: string, advice: string): UsageError {
  return new UsageError(`"${input}" is not a valid value for ${name}`, advice);
}

export function rejectCombination(first: string, second: string, areBothSet: boolean): void {
  if (areBothSet) throw new UsageError(`${first} and ${second} cannot be combined`, "Use only one of them.");
}

/** Throws a `UsageError` for the first of the options that is set. */
export function rejectOptions<K extends string>(
  values: Readonly<Record<K, unknown>>,
  keys: readonly K[],
  explain: (option: string) => readonly [summary: string, advice: string],
): void {
  const key = keys.find((candidate) => isSet(values[candidate]));
  if (key !== undefined) throw new UsageError(...explain(`--${optionName(key)}`));
}

function isSet(optionValue: unknown): boolean {
  const isEmpty = Array.isArray(optionValue) && optionValue.length === 0;
  return optionValue !== undefined && optionValue !== false && !isEmpty;
}

function readFlag(values: readonly string[], name: string): boolean | undefined {
  const advice = `Use ${name}, ${name}=true or ${name}=false.`;
  const input = singleValue(values, name, advice);
  if (input === undefined) return undefined;
  if (input === "true" || input === "false") return input === "true";
  throw invalidValueError(input, name, advice);
}

function singleValue(values: readonly string[], name: string, advice: string): string | undefined {
  const [input, second] = values;
  if (second !== undefined) throw new UsageError(`${name} is specified more than once`, "Specify it only once.");
  if (input === "") throw new UsageError(`Missing value for ${name}`, advice);
  return input;
}
