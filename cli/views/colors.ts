import picocolors from "picocolors";
import type { Environment } from "../process-io.ts";

export type Colors = Readonly<Record<"bold" | "dim" | "red" | "green" | "yellow" | "cyan", (text: string) => string>>;

/** Returns every text unchanged. */
export const NO_COLORS: Colors = picocolors.createColors(false);

/**
 * Returns the colors for a stream: none unless it is a terminal or the environment says otherwise
 * (https://no-color.org, https://force-color.org).
 */
export function colorsFor(
  { env, terminal }: Pick<Environment, "env" | "terminal">,
  stream: "stdout" | "stderr",
  { disabled = false }: { readonly disabled?: boolean } = {},
): Colors {
  const forced = (env["FORCE_COLOR"] ?? "") !== "" && env["FORCE_COLOR"] !== "0";
  const refused = disabled || (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return picocolors.createColors(!refused && (forced || terminal[stream]));
}
