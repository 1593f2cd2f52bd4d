import { encodePlan, escapeText, hasExcludedEntries, type Plan, UserError } from "../../src/internal.ts";
import type { ArgsByCommand } from "../args/commands.ts";
import { reportToGitHub } from "../ci/github-actions.ts";
import { EXIT } from "../environment.ts";
import { makePlan, type PlanResult } from "../make-plan.ts";
import { openOutputFile, withHtmlFile } from "../output-file.ts";
import { VERSION } from "../package-files.ts";
import { printPlan } from "../print-plan.ts";
import { planKey } from "../saved-plan-file.ts";
import type { Session } from "../session.ts";
import { commandLine, quotedCommand } from "../views/advice.ts";
import { shellQuote } from "../views/text.ts";

export function run(args: ArgsByCommand["plan"], session: Session): Promise<number> {
  return presentPlan(() => makePlan(args, session), { ...args, suggestsOut: true }, session);
}

interface PresentArgs
  extends Pick<
    ArgsByCommand["plan"],
    "format" | "full" | "out" | "html" | "detailedExitcode" | "maskedPage" | "maskedOnGitHub"
  > {
  /** True to print a note on the terminal if the plan is not saved. Default: false. */
  readonly suggestsOut?: boolean;
}

export async function presentPlan(
  make: () => Promise<PlanResult>,
  args: PresentArgs,
  session: Session,
): Promise<number> {
  const { environment } = session;
  const key = args.out === undefined ? undefined : planKey(environment);
  const destination = args.out === undefined ? undefined : openOutputFile(args.out, environment);
  try {
    return await withHtmlFile(args.html, session, async (htmlFile) => {
      const { loaded, plan } = await make();
      const now = session.clock.now();
      const printedPlan = { ...loaded, plan, version: VERSION, createdAt: now };
      const front = loaded.desired && session.frontReader(loaded.desired.settings);
      const isValid = await printPlan(printedPlan, { ...args, htmlFile, front }, session);
      const diagnostics = [...loaded.diagnostics, ...(plan?.diagnostics ?? [])];
      // A plan with errors is also saved, and marked as such, because an older plan in the file would look current.
      if (destination !== undefined && plan !== undefined && loaded.desired !== undefined) {
        destination.write(encodePlan({ ...plan, diagnostics }, loaded.desired, { version: VERSION, now, key }));
        printNextCommand(plan, { ...args, isValid }, session);
      }
      if (args.suggestsOut && isValid && plan !== undefined) printUnsavedNote(plan, args, session);
      await reportToGitHub(session, { ...printedPlan, diagnostics }, { masked: args.maskedOnGitHub });
      return exitCode(plan, isValid, args);
    });
  } catch (error) {
    const isTooLarge = error instanceof UserError && error.code === "plan-too-large";
    throw isTooLarge ? error.withAdvice("Use --target to plan fewer contacts.") : error;
  } finally {
    destination?.abandon();
  }
}

function exitCode(plan: Plan | undefined, isValid: boolean, { detailedExitcode }: PresentArgs): number {
  if (!isValid || hasExcludedEntries(plan?.diagnostics ?? [])) return EXIT.failed;
  const differences = (plan?.changes.length ?? 0) + (plan?.base?.drift.length ?? 0);
  return detailedExitcode && differences > 0 ? EXIT.changesPending : EXIT.ok;
}

function printNextCommand(
  { operations, undoes }: Plan,
  { out = "", format, isValid }: PresentArgs & { readonly isValid: boolean },
  session: Session,
): void {
  if (session.environment.env["TF_IN_AUTOMATION"] || format === "json") return;
  if (!isValid) session.err(`\nSaved the plan with its errors to ${escapeText(out)}. It cannot be applied.\n`);
  if (!isValid || operations.length === 0) return;
  const args = undoes === undefined ? shellQuote(out) : `${shellQuote(out)} --detached`;
  const command = commandLine("apply", session.args.contacts, args);
  session.err(`\nSaved the plan to ${escapeText(out)}. To perform exactly these actions, run:\n\n  ${command}\n`);
}

function printUnsavedNote({ operations }: Plan, { out, format }: PresentArgs, session: Session): void {
  const { env, terminal } = session.environment;
  if (out !== undefined || operations.length === 0 || format !== "text") return;
  if (!terminal.stderr || env["TF_IN_AUTOMATION"]) return;
  const apply = quotedCommand("apply", session.args.contacts);
  session.err(
    `\nThis plan is not saved, so ${apply} may perform other actions. To apply exactly this plan, save it with --out FILE.\n`,
  );
}
