import picocolors from "picocolors";
import type { Environment } from "../environment.ts";

export type Colors = Readonly<Record<"bold" | "dim" | "red" | "green" | "yellow" | "cyan", (text: string) => string>>;

export const NO_COLORS: Colors = picocolors.createColors(false);

/**
 * Returns the colors for a stream. By default, only a terminal has colors. FORCE_COLOR (https://force-color.org)
 * enables them for every stream, or disables them if its value is 0 or false. NO_COLOR (https://no-color.org), a dumb
 * terminal and `disabled` always disable them.
 */
export function colorsFor(
  { env, terminal }: Pick<Environment, "env" | "terminal">,
  stream: "stdout" | "stderr",
  { disabled = false }: { readonly disabled?: boolean } = {},
): Colors {
  const { FORCE_COLOR: force = "", NO_COLOR: none = "", TERM } = env;
  const isDisabled = disabled || none !== "" || TERM === "dumb" || force === "0" || force === "false";
  return picocolors.createColors(!isDisabled && (force !== "" || terminal[stream]));
}
