import { handleKey } from "../../src/model/contact.ts";
import { differingPaths, pathOf, readValues, type Values } from "./front-values.ts";
import { listRemoteContacts } from "./scenarios.ts";
import type { TestEnvironment } from "./test-environment.ts";

const isLink = (path: string) => path.includes(" account ");
const accountOf = (path: string) => path.split(" ")[2] ?? "";
const idOf = (path: string) => path.split(" ")[0] ?? "";
const exists = (values: Values, id: string) => values.has(pathOf(id, "exists"));

/** Returns the values in Front with the handles, and with a separate value for each account of a contact. */
export async function readUndoValues(environment: TestEnvironment): Promise<Values> {
  const values = new Map(
    [...(await readValues(environment))].flatMap(([path, value]) =>
      path.endsWith(" account")
        ? value.split(" ").flatMap((id) => (id === "" ? [] : [[pathOf(path, id), "yes"] as const]))
        : [[path, value] as const],
    ),
  );
  for (const { id, handles } of await listRemoteContacts(environment))
    for (const handle of handles) values.set(pathOf(id, "handles", handleKey(handle)), "yes");
  return values;
}

/** The values before and after a run, after the edits that followed, and after the undo of the run. */
export interface UndoSteps {
  readonly before: Values;
  readonly applied: Values;
  readonly edited: Values;
  readonly undone: Values;
}

/**
 * Returns the values that the undo must not change or remove, but did: the values that the run did not change, the
 * values that someone edited after the run, and the values of deleted resources that the run did not create or that
 * someone edited. If the undo does not notice new links to accounts (`showsLinks` is false), it may replace them, and
 * they do not prevent the deletion of a created contact.
 */
export function lostIn({ before, applied, edited, undone }: UndoSteps, { showsLinks = false } = {}): string[] {
  const editedPaths = new Set(differingPaths(applied, edited));
  // Front links a contact to a new account before the undo removes the contact's email address.
  const all = new Map([...edited, ...undone]);
  const isNewLink = (path: string) => showsLinks && edited.has(path) && !isLinkByDomain(edited, path);
  const editedIds = new Set([...editedPaths].filter((path) => !isLink(path) || isNewLink(path)).map(idOf));
  const changedPaths = new Set(differingPaths(before, applied));
  // An account that the run deleted is created again with another ID.
  const linksBefore = [...changedPaths].filter((path) => isLink(path) && !exists(applied, accountOf(path)));
  // A later apply may have created the account again.
  const namesBefore = new Set(linksBefore.map((path) => before.get(pathOf(accountOf(path), "name"))));
  const replaces = (id: string) => !exists(applied, id) && namesBefore.has(edited.get(pathOf(id, "name")));
  const isRestoredLink = (path: string) => {
    const isOfContact = (other: string) => isLink(other) && idOf(other) === idOf(path);
    const isToNewAccount = isLink(path) && (!exists(edited, accountOf(path)) || replaces(accountOf(path)));
    return isToNewAccount && linksBefore.some(isOfContact) && ![...editedPaths].some(isOfContact);
  };
  // Front may move a contact that the undo links to an account.
  const hasMoved = (path: string) =>
    !showsLinks && isLink(path) && [...undone.keys()].some((other) => isNewLinkOf(idOf(path), other));
  const isNewLinkOf = (id: string, path: string) => isLink(path) && idOf(path) === id && !edited.has(path);
  const isLost = (path: string) => {
    const id = idOf(path);
    if (!exists(edited, id) || isRestoredLink(path) || hasMoved(path)) return false;
    if (!exists(undone, id)) return exists(before, id) || !exists(applied, id) || editedIds.has(id);
    return (editedPaths.has(path) || !changedPaths.has(path)) && !isLinkByDomain(all, path);
  };
  return differingPaths(edited, undone)
    .filter(isLost)
    .map((path) => [path, ...[before, applied, edited, undone].map((values) => values.get(path) ?? "-")].join(" | "));
}

/** Returns the IDs of the resources that exist only after a change. */
export function createdIn(before: Values, after: Values): string[] {
  return [...new Set([...after.keys()].map(idOf))].filter((id) => !exists(before, id));
}

/** Returns the changed values of resources that exist before and after a change, except for links to accounts. */
export function changedIn(before: Values, after: Values): string[] {
  const remains = (path: string) => exists(before, idOf(path)) && exists(after, idOf(path));
  return differingPaths(before, after).filter((path) => remains(path) && !isLink(path));
}

/** Returns whether Front itself links a contact to an account because of the contact's email address. */
function isLinkByDomain(values: Values, path: string): boolean {
  const itemsOf = (prefix: string) =>
    [...values.keys()].filter((other) => other.startsWith(prefix)).map((other) => other.slice(prefix.length));
  const domains = isLink(path) ? itemsOf(pathOf(accountOf(path), "domains", "")) : [];
  return itemsOf(pathOf(idOf(path), "handles", "email:")).some((email) => domains.includes(email.replace(/.*@/, "")));
}

/** Returns the values with current IDs instead of previous IDs. */
export function withCurrentIds(values: Values, currentIds: ReadonlyMap<string, string>): Values {
  const current = (word: string) => currentIds.get(word) ?? word;
  return new Map([...values].map(([path, value]) => [path.split(" ").map(current).join(" "), value]));
}

/**
 * Returns the values without IDs, to compare resources that were created again. Identifies resources by their handles
 * or domains. Omits links that Front makes itself.
 */
export function valuesWithoutIds(values: Values): string[] {
  const namesOf = (id: string) => {
    const items = [...values.keys()].filter(
      (path) => path.startsWith(`${id} handles `) || path.startsWith(`${id} domains `),
    );
    return items.map((path) => path.split(" ").slice(2).join(" ")).sort();
  };
  const names = new Map([...new Set([...values.keys()].map(idOf))].map((id) => [id, namesOf(id).join(",")]));
  return [...withCurrentIds(values, names)]
    .filter((_, index) => !isLinkByDomain(values, [...values.keys()][index] ?? ""))
    .map(([path, value]) => `${path} = ${value}`)
    .sort();
}
