import type { Attributes, Change } from "../../model/change.ts";
import type { SourceLocation } from "../../model/diagnostic.ts";
import { omitUndefined } from "../../model/omit-undefined.ts";
import type { FieldChange, Operation, OperationOf } from "../../model/plan.ts";
import type { RecordedResult } from "../run-record.ts";
import { locationInRun, type PerformedOperation } from "./applied-plan.ts";

export interface AccountChanges {
  readonly address: string;
  readonly key: string;
  /** The entry's location when the run was planned; if the plan has none, a placeholder with the run as the file. */
  readonly location: SourceLocation;
  /** Undefined for a created account whose id was not recorded. */
  readonly id?: string;
  readonly kind: "changed" | "created" | "deleted";
  /** False for a deleted account whose contacts were not recorded. */
  readonly hasMembers: boolean;
  /** The values before the run. Used only for a deleted account. */
  readonly before: Attributes | null;
  readonly updated?: OperationOf<"update-account">;
  readonly created?: OperationOf<"create-account">;
  readonly fields: readonly FieldChange[];
}

/** `name` identifies the run. */
export function accountChangesOf(
  changes: readonly Change[],
  performed: readonly PerformedOperation[],
  name: string,
): readonly AccountChanges[] {
  const byAddress = new Map(changes.map((change, index) => [change.address, { change, line: index + 1 }]));
  return performed.flatMap(({ operation, result }) => {
    const { change, line } = byAddress.get(operation.subjects[0] ?? "") ?? {};
    if (change === undefined || line === undefined || !isAccountOperation(operation)) return [];
    const { address, name: key, before, location = locationInRun(name, line) } = change;
    return [{ ...changesBy(operation, result), address, key, before, location }];
  });
}

function changesBy(operation: AccountOperation, result: RecordedResult | undefined) {
  return {
    fields: "customFields" in operation ? (operation.customFields ?? []) : [],
    kind: KINDS[operation.kind],
    hasMembers: operation.kind !== "delete-account" || operation.account.manualMembers !== undefined,
    ...omitUndefined({
      id: "account" in operation ? operation.account.id : result?.account,
      updated: operation.kind === "update-account" ? operation : undefined,
      created: operation.kind === "create-account" ? operation : undefined,
    }),
  };
}

type AccountOperation = OperationOf<"create-account" | "update-account" | "delete-account">;

const KINDS: Readonly<Record<AccountOperation["kind"], AccountChanges["kind"]>> = {
  "create-account": "created",
  "update-account": "changed",
  "delete-account": "deleted",
};

function isAccountOperation(operation: Operation): operation is AccountOperation {
  return operation.kind in KINDS;
}
