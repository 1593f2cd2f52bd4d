import { quotedKey } from "../model/address.ts";

/** Messages about defaults, by diagnostic code. */
export const DEFAULTS_MESSAGES = {
  "defaults-misplaced": ({ path }: { path: string }) => ({
    summary: '"defaults" is allowed only in a file named defaults.yaml',
    advice: `Move it to ${path}. Its values apply to every contact and table row in that directory and its subdirectories.`,
  }),
  "defaults-twice": ({ directory }: { directory: string }) => ({
    summary: `Defaults are declared twice in the directory "${directory}"`,
    advice: "Keep one defaults.yaml with a single defaults key.",
  }),
  "defaults-too-many": ({
    key,
    collection,
    count,
    limit,
  }: {
    key: string;
    collection: string;
    count: number;
    limit: number;
  }) => ({
    summary: `${quotedKey(key)} has ${count} ${collection}, including defaults; the maximum is ${limit}`,
    advice: `Remove some ${collection} from the entry or from defaults.yaml.`,
  }),
} as const;
