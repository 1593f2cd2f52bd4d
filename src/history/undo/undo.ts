import type { DesiredState } from "../../model/contact.ts";
import type { Plan } from "../../model/plan.ts";
import { type PlanPolicy, planChanges } from "../../planning/plan-changes.ts";
import { checkCompany, matchReadings, type Readings } from "../../reading/remote-state.ts";
import { planUndo, type UndoOptions } from "./desired-undo.ts";
import { type AppliedPlan, changesOf } from "./run-changes.ts";
import { describeUndeclared, withoutRecordLocations } from "./undeclared-contacts.ts";

/** A plan that undoes an applied one, and the desired state that it was made from. */
export interface UndoPlan {
  readonly plan: Plan;
  readonly desired: DesiredState;
}

/**
 * Plans the inverse of an applied plan, given the current state of Front. `readings` are those for `desiredToRead`. The
 * result is an ordinary plan: guards, apply, re-validation and verification treat it like any other.
 */
export function undoPlanOf(
  applied: AppliedPlan,
  readings: Readings,
  { policy = {}, ...options }: UndoOptions & { readonly policy?: PlanPolicy },
): UndoPlan {
  const isOther = checkCompany({ ...EMPTY_STATE, settings: options.settings }, readings.company).length > 0;
  const run = isOther ? NO_CHANGES : changesOf(applied);
  const { desired, diagnostics } = planUndo(run, readings, options);
  // A picture that Front shows was compared with the one that the run uploaded, not with the one to restore.
  const state = matchReadings(desired, { ...readings, samePictures: new Set() });
  const guardedContacts = applied.plan.declared;
  const plan = planChanges(desired, state, { guardedContacts, ...policy });
  const whole = { ...plan, undoes: applied.name, diagnostics: [...plan.diagnostics, ...diagnostics] };
  return { desired, plan: withoutRecordLocations(whole, applied.name, describeUndeclared(run.contacts)) };
}

const NO_CHANGES = { name: "", contacts: [], accounts: [], lists: [], deletedLists: [] };
const EMPTY_STATE: DesiredState = { contacts: [], lists: [], customFields: [], settings: {} };
