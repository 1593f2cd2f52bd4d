import {
  applyPlan,
  connectFront,
  countChanges,
  type Diagnostic,
  hasBlockingErrors,
  loadDesired,
  planChanges,
  readRemoteState,
  verifyApply,
} from "../../src/index.ts";

/** Credentials; without `url`, the client connects to Front. */
export interface Credentials {
  readonly token: string;
  readonly url?: string;
}

/** Makes Front match the files in a directory. */
export async function synchronize(directory: string, credentials: Credentials) {
  const { desired, diagnostics } = await loadDesired(directory);
  if (desired === undefined) throw new Error(textOf(diagnostics));

  const { reserve } = desired.settings;
  const state = await readRemoteState(desired, connectFront({ ...credentials, reserve, readOnly: true }));
  const plan = planChanges(desired, state);
  if (hasBlockingErrors(plan.diagnostics)) throw new Error(textOf(plan.diagnostics));

  const front = connectFront({ ...credentials, reserve });
  const report = await applyPlan(plan, front);
  const verification = await verifyApply(plan, report, front);
  return {
    planned: countChanges(plan.changes),
    notApplied: report.results.filter(({ status }) => status !== "applied").map(({ operation }) => operation.id),
    differences: textOf(verification.diagnostics),
  };
}

function textOf(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(({ summary, advice }) => `${summary}. ${advice}`).join("\n");
}
