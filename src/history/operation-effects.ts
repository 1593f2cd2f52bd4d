import { type HandleKey, handleKey } from "../model/contact.ts";
import { canonicalJson } from "../model/fingerprint.ts";
import type { ApprovedContact, Operation } from "../model/plan.ts";

/** One thing that an operation brings about. */
export interface Effect {
  /** Names it to people, such as `name`, `list VIP`, `phone +44 1`. */
  readonly label: string;
  /** Equal for equal effects, whichever operation has them. */
  readonly key: string;
}

/**
 * Returns each single effect of an operation. Approving a plan approves these effects and no others. After a merge
 * `ignoreBefore` leaves the previous values out, because no plan can tell what Front's merge keeps.
 */
export function effectsOf(operation: Operation, { ignoreBefore = false } = {}): Effect[] {
  const effect = (label: string, value: unknown): Effect => ({ label, key: canonicalJson([label, value]) });
  switch (operation.kind) {
    case "create-list":
      return [effect(`list ${operation.name}`, "create")];
    case "create-contact": {
      const { handles, name, description, links, lists, customFields } = operation;
      return [effect("creation", { handles, name, description, links, lists, customFields })];
    }
    case "update-contact":
      return updateEffects(operation, ignoreBefore).map(([label, value]) => effect(label, value));
    case "add-handle":
    case "remove-handle":
      return [
        effect(`${operation.handle.source} ${operation.handle.handle}`, [operation.kind, handleKey(operation.handle)]),
      ];
    case "upload-avatar":
      return [effect("avatar", operation.picture.sha256)];
    case "merge-contacts":
      return [effect("merge", [seenAs(operation.target), operation.others.map(seenAs).sort(byId)])];
    case "delete-contact":
      return [effect("deletion", seenAs(operation.contact))];
    case "add-to-list":
    case "remove-from-list":
      return [effect(`list ${operation.list.name}`, operation.kind)];
    case "link-account":
    case "unlink-account":
      return [effect("account", [operation.kind, operation.account])];
  }
}

function updateEffects(
  operation: Extract<Operation, { kind: "update-contact" }>,
  ignoreBefore: boolean,
): (readonly [label: string, value: unknown])[] {
  const { name, description, addLinks = [], removeLinks = [] } = operation;
  const before = ignoreBefore ? {} : operation.before;
  const customFields = (operation.customFields ?? []).map(({ before: was, ...field }) =>
    ignoreBefore || was === undefined ? field : { ...field, before: was },
  );
  return [
    ...(name === undefined ? [] : [["name", [before.name, name]] as const]),
    ...(description === undefined ? [] : [["description", [before.description, description]] as const]),
    ...addLinks.map((link) => ["links", ["add", link]] as const),
    ...removeLinks.map((link) => ["links", ["remove", link]] as const),
    ...customFields.map((field) => [field.name, field] as const),
  ];
}

interface Sight {
  readonly id: string;
  readonly handles: readonly HandleKey[];
  readonly belongings: string;
}

/** Front may list the same handles in another order. */
function seenAs({ id, handles, belongings }: ApprovedContact): Sight {
  return { id, handles: handles.map(handleKey).sort(), belongings };
}

function byId(a: Sight, b: Sight): number {
  return a.id < b.id ? -1 : 1;
}
