import picocolors from "picocolors";
import type { Environment } from "../process-io.ts";

/** Functions that color a text. */
export interface Colors {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const unchanged = (text: string) => text;

/** Returns every text unchanged. */
export const NO_COLORS: Colors = {
  bold: unchanged,
  dim: unchanged,
  red: unchanged,
  green: unchanged,
  yellow: unchanged,
  cyan: unchanged,
};

/** Colors are for terminals, unless the environment says otherwise: https://no-color.org and https://force-color.org */
export function colorsFor(
  { env, terminal }: Pick<Environment, "env" | "terminal">,
  stream: "stdout" | "stderr",
  { disabled = false }: { readonly disabled?: boolean } = {},
): Colors {
  const forced = (env["FORCE_COLOR"] ?? "") !== "" && env["FORCE_COLOR"] !== "0";
  const refused = disabled || (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return picocolors.createColors(!refused && (forced || terminal[stream]));
}
