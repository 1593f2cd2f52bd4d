import { LIMITS } from "../../src/model/limits.ts";
import { SCALE } from "../scale.ts";

/**
 * Lowers limits until the returned object is disposed, so that small inputs exceed them. A full test run uses the
 * limits of the program.
 */
export function lowerLimits(limits: Partial<Record<keyof typeof LIMITS, number>>): Disposable {
  const before = { ...LIMITS };
  if (!SCALE.programLimits) Object.assign(LIMITS, limits);
  return { [Symbol.dispose]: () => Object.assign(LIMITS, before) };
}
