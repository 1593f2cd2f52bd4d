import { timingSafeEqual } from "node:crypto";
import type { Diagnostic } from "../model/diagnostic.ts";

/** The name of the environment variable with the key. */
export const PLAN_KEY_VARIABLE = "FRONT_CONTACTS_PLAN_KEY";

/**
 * Returns what is wrong with a plan's signature. `expected` is the right one, or undefined without a key. The summary
 * continues a sentence that begins with the file's name.
 */
export function checkSignature(signature: unknown, expected: string | undefined): Diagnostic | undefined {
  if (expected === undefined) {
    if (signature === undefined) return undefined;
    const advice = `Set ${PLAN_KEY_VARIABLE} to the key that the plan was created with.`;
    return { severity: "warning", code: "plan-unverified", summary: "is signed, and was not verified", advice };
  }
  if (typeof signature !== "string") {
    const advice = `Create the plan again with ${PLAN_KEY_VARIABLE} set to the same key as here.`;
    return { severity: "error", code: "plan-unsigned", summary: "is not signed", advice };
  }
  if (isEqual(signature, expected)) return undefined;
  const advice = `It was changed, or signed with another key. Create the plan again with ${PLAN_KEY_VARIABLE} set to the same key as here.`;
  return { severity: "error", code: "plan-signature", summary: "has a wrong signature", advice };
}

/** In constant time, so that a signature cannot be found out digit by digit. */
function isEqual(signature: string, expected: string): boolean {
  const [a, b] = [Buffer.from(signature), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
