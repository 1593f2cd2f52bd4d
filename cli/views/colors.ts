import picocolors from "picocolors";
import type { Environment } from "../environment.ts";

export type Colors = Readonly<Record<"bold" | "dim" | "red" | "green" | "yellow" | "cyan", (text: string) => string>>;

export const NO_COLORS: Colors = picocolors.createColors(false);

/**
 * Returns the colors for a stream. By default, only a terminal has colors. FORCE_COLOR (https://force-color.org)
 * enables them for every stream, unless NO_COLOR (https://no-color.org), a dumb terminal or `disabled` disables them.
 */
export function colorsFor(
  { env, terminal }: Pick<Environment, "env" | "terminal">,
  stream: "stdout" | "stderr",
  { disabled = false }: { readonly disabled?: boolean } = {},
): Colors {
  const isForced = (env["FORCE_COLOR"] ?? "") !== "" && env["FORCE_COLOR"] !== "0";
  const isDisabled = disabled || (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return picocolors.createColors(!isDisabled && (isForced || terminal[stream]));
}
