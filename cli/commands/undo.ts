import type { ArgsByCommand } from "../args/commands.ts";
import { makeUndoPlan, readRunToUndo } from "../make-undo-plan.ts";
import type { Session } from "../session.ts";
import { prepareAndApply, requestApproval, requirePrompt } from "./apply.ts";
import { presentPlan } from "./plan.ts";

export async function run(args: ArgsByCommand["undo"], session: Session): Promise<number> {
  const runToUndo = readRunToUndo(args.run, session);
  if (args.dryRun || args.out !== undefined) {
    return await presentPlan(
      () => makeUndoPlan(runToUndo, args, session),
      { ...args, detailedExitcode: false },
      session,
    );
  }
  if (!args.autoApprove) requirePrompt(args, session);
  const format = args.format === "json" ? "json" : "text";
  return await prepareAndApply({ ...args, format }, session, async (view) =>
    requestApproval(await makeUndoPlan(runToUndo, args, session), args, session, view),
  );
}
