import { RemoteContactIndex } from "../../matching/contact-index.ts";
import type { DesiredState } from "../../model/contact.ts";
import { omitUndefined } from "../../model/omit-undefined.ts";
import type { Plan } from "../../model/plan.ts";
import { compareAndPlan, type PlanPolicy } from "../../planning/plan-changes.ts";
import { checkCompany, matchReadings, type Readings } from "../../reading/remote-state.ts";
import type { AppliedPlan } from "./applied-plan.ts";
import { desiredToUndo, type UndoOptions } from "./desired-to-undo.ts";
import { changesOf } from "./run-changes.ts";
import { describeUndeclared, withNameNotes, withoutRecordLocations } from "./undeclared-contacts.ts";

export interface UndoPlan {
  readonly plan: Plan;
  readonly desired: DesiredState;
}

/**
 * Returns the plan that undoes a run. `readings` contains the current state of Front, read for the desired state that
 * `desiredToRead` returns.
 */
export function undoPlanOf(
  applied: AppliedPlan,
  readings: Readings,
  { policy = {}, ...options }: UndoOptions & { readonly policy?: PlanPolicy },
): UndoPlan {
  const isOtherCompany = checkCompany(options, readings.company).length > 0;
  const run = isOtherCompany ? NO_CHANGES : changesOf(applied);
  const { desired, diagnosticsFor } = desiredToUndo(run, readings, options);
  // The pictures in Front were compared with the pictures that the run uploaded, not with the pictures to restore.
  const state = matchReadings(desired, { ...readings, contactsWithDeclaredAvatar: new Set() });
  const { guardedContacts = applied.plan.declared } = policy;
  const { plan } = compareAndPlan(desired, state, { ...policy, guardedContacts, isUndo: true });
  const { changes } = plan;
  const undo: Plan = {
    ...plan,
    undoes: applied.name,
    ...omitUndefined({ redoes: applied.plan.undoes }),
    diagnostics: [...plan.diagnostics, ...diagnosticsFor({ changes, settings: desired.settings, guardedContacts })],
  };
  const named = withNameNotes(undo, describeUndeclared(run.contacts, new RemoteContactIndex(readings.contacts)));
  return { desired, plan: withoutRecordLocations(named, applied.name) };
}

const NO_CHANGES = { name: "", contacts: [], accounts: [], createdLists: [], deletedLists: [] };
