import type { AccountRecord, Company, ContactRecord, Effect } from "./company.ts";
import { describeRequest, writesOf } from "./edits-since-plan.ts";
import type { Run, Simulation } from "./simulation.ts";

/**
 * Checks that applying a saved plan does not overwrite a value that someone changed between the plan and the apply,
 * and does not delete a contact or an account with such a value.
 */
export function savedPlanKeepsEdits(simulation: Simulation): string[] {
  const { runs } = simulation;
  return runs.flatMap((run, index) => {
    const planned = runs[index - 1];
    if (run.process.command !== "apply FILE" || planned?.process.command !== "plan --out") return [];
    const edits = simulation.edits.filter(({ at }) => at >= planned.startedAt && at <= run.startedAt);
    const [first] = edits;
    const firstSincePlan = edits.find(({ at }) => at >= planned.endedAt);
    const last = edits.at(-1);
    if (first === undefined || firstSincePlan === undefined || last === undefined) return [];
    // The plan may have read a value before an edit during the plan, and people may have restored that value since.
    const changedSinceStart = editedValues(first.before, last.after);
    const changedSinceEnd = editedValues(firstSincePlan.before, last.after);
    const edited = new Map([...changedSinceEnd].filter(([path]) => changedSinceStart.has(path)));
    return writesOf(simulation)
      .filter(({ process, path }) => process === run.process && path !== "/contacts/merge")
      .flatMap((request) =>
        request.effects
          .flatMap((effect) => lostValues(effect, edited))
          .filter((path) => !isMerged(path, run))
          .map((path) => `${describeRequest(request)} overwrote ${path}, which changed after the plan`),
      );
  });
}

/** Values by path. A path is the id of a resource, an attribute and, in a collection, an item. */
type Values = ReadonlyMap<string, string>;

/** Returns the current values that differ from the values at the plan. */
function editedValues(planned: Company, current: Company): Values {
  const [before, after] = [valuesIn(planned), valuesIn(current)];
  const paths = new Set([...before.keys(), ...after.keys()]);
  const changed = [...paths].filter((path) => before.get(path) !== after.get(path));
  return new Map(changed.map((path) => [path, after.get(path) ?? ""]));
}

function lostValues({ before, after }: Effect, edited: Values): string[] {
  const [valuesBefore, valuesAfter] = [valuesIn(before), valuesIn(after)];
  return [...edited]
    .filter(([path, value]) => {
      const overwritten = valuesBefore.get(path) ?? "";
      return overwritten === value && overwritten !== (valuesAfter.get(path) ?? "");
    })
    .map(([path]) => path);
}

function isMerged(path: string, { process }: Run): boolean {
  return process.plannedOperations.some(
    (operation) => operation.kind === "merge-contacts" && path.startsWith(operation.target.id),
  );
}

/** Omits the accounts of contacts, because Front may not show that a contact joined an account. */
function valuesIn({ contacts, accounts, lists }: Company): Values {
  return new Map([
    ...[...contacts.values()].flatMap((contact) => contactValues(contact, lists)),
    ...[...accounts.values()].flatMap(accountValues),
  ]);
}

type Value = readonly [path: string, value: string];

function contactValues(contact: ContactRecord, lists: Company["lists"]): Value[] {
  const { id, handles, links, avatar = "" } = contact;
  const items = { handle: handles, link: links, list: [...contact.lists].filter((list) => lists.has(list)) };
  return [
    ...textValues(contact),
    [`${id} avatar`, avatar],
    ...Object.entries(items).flatMap(([kind, all]) =>
      [...all].map((item) => [`${id} ${kind} ${item}`, "yes"] as const),
    ),
  ];
}

function accountValues(account: AccountRecord): Value[] {
  const domains = [...account.domains].map((domain) => [`${account.id} domain ${domain}`, "yes"] as const);
  return [...textValues(account), ...domains];
}

function textValues({ id, name, description, fields }: AccountRecord | ContactRecord): Value[] {
  return [
    [`${id} name`, name],
    [`${id} description`, description],
    ...[...fields].map(([field, value]) => [`${id} field ${field}`, value === '""' ? "" : value] as const),
  ];
}
