import type { Attributes, Change } from "../../model/change.ts";
import type { SourceLocation } from "../../model/diagnostic.ts";
import { omitUndefined } from "../../model/omit-undefined.ts";
import type { FieldChange, Operation } from "../../model/plan.ts";
import type { RecordedResult } from "../run-record.ts";

type Kind<K extends Operation["kind"]> = Extract<Operation, { kind: K }>;

/** The changes that a run made to one account. */
export interface AccountChanges {
  readonly address: string;
  readonly key: string;
  /** Where the entry was declared when the run was planned. */
  readonly location: SourceLocation;
  /** Undefined for a created account whose id was not recorded. */
  readonly id?: string;
  readonly kind: "changed" | "created" | "deleted";
  /** The values of a deleted account. */
  readonly before: Attributes | null;
  readonly updated?: Kind<"update-account">;
  readonly created?: Kind<"create-account">;
  readonly fields: readonly FieldChange[];
}

interface Performed {
  readonly operation: Operation;
  readonly result: RecordedResult | undefined;
}

/** Returns the changes that the performed operations of a run made to accounts. `name` identifies the run. */
export function accountChangesOf(
  changes: readonly Change[],
  performed: readonly Performed[],
  name: string,
): readonly AccountChanges[] {
  const byAddress = new Map(changes.map((change, index) => [change.address, { change, line: index + 1 }]));
  return performed.flatMap(({ operation, result }) => {
    const found = byAddress.get(operation.subjects[0] ?? "");
    if (found === undefined || !isAccountOperation(operation)) return [];
    const location = found.change.location ?? { file: name, line: found.line, column: 1, length: 1 };
    const { address, name: key, before } = found.change;
    return [{ ...changesBy(operation, result), address, key, before, location }];
  });
}

function changesBy(operation: AccountOperation, result: RecordedResult | undefined) {
  return {
    fields: "customFields" in operation ? (operation.customFields ?? []) : [],
    kind: KINDS[operation.kind],
    ...omitUndefined({
      id: "account" in operation ? operation.account.id : result?.account,
      updated: operation.kind === "update-account" ? operation : undefined,
      created: operation.kind === "create-account" ? operation : undefined,
    }),
  };
}

type AccountOperation = Kind<"create-account" | "update-account" | "delete-account">;

const KINDS: Readonly<Record<AccountOperation["kind"], AccountChanges["kind"]>> = {
  "create-account": "created",
  "update-account": "changed",
  "delete-account": "deleted",
};

function isAccountOperation(operation: Operation): operation is AccountOperation {
  return operation.kind in KINDS;
}
