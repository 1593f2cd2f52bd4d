import picocolors from "picocolors";
import type { Environment, Given } from "../process-io.ts";

/** Colours as functions. Without colour they give back what they get. */
export interface Colors {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const asItIs = (text: string) => text;

/** No colours at all. */
export const NO_COLORS: Colors = {
  bold: asItIs,
  dim: asItIs,
  red: asItIs,
  green: asItIs,
  yellow: asItIs,
  cyan: asItIs,
};

/** Colour is for terminals, unless somebody asked otherwise: https://no-color.org and https://force-color.org */
export function colorsFor({ env, terminal }: Environment, given: Given, stream: "stdout" | "stderr"): Colors {
  const forced = (env["FORCE_COLOR"] ?? "") !== "" && env["FORCE_COLOR"] !== "0";
  const refused = given["no-color"] === true || (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return picocolors.createColors(!refused && (forced || terminal[stream]));
}
