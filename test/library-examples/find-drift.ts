import { connectFront, FrontError, loadDesired, type Plan, planChanges, readRemoteState } from "../../src/index.ts";

/** Returns the plan, or a message if the files are invalid or Front cannot be read. */
export async function findDrift(directory: string, token: string, url?: string): Promise<Plan | string> {
  const { desired } = await loadDesired(directory);
  if (desired === undefined) return "The configuration is invalid.";
  try {
    const front = connectFront({ token, url, readOnly: true });
    return planChanges(desired, await readRemoteState(desired, front));
  } catch (error) {
    if (error instanceof FrontError) return `${error.message}. ${error.advice}`;
    throw error;
  }
}
