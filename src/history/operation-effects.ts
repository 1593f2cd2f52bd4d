import { domainKey } from "../model/account.ts";
import { handleKey } from "../model/contact.ts";
import { canonicalJson } from "../model/fingerprint.ts";
import type { ApprovedContact, Operation, OperationOf } from "../model/plan.ts";

export interface Effect {
  /** A readable name, such as `name`, `list VIP` or `phone +44 1`. */
  readonly label: string;
  /** Equal for equal effects of different operations. */
  readonly key: string;
}

/** Returns the effects that a user approves with an operation. `ignoreBefore` omits the previous values. */
export function effectsOf(operation: Operation, { ignoreBefore = false } = {}): Effect[] {
  switch (operation.kind) {
    case "create-list":
      return [effect(`list ${operation.name}`, ["create", operation.team ?? null])];
    case "delete-list":
      return [effect(`list ${operation.list.name}`, ["delete", operation.list.id])];
    case "create-contact": {
      const { handles, name, description, links, lists, customFields } = operation;
      return [effect("creation", { handles, name, description, links, lists, customFields })];
    }
    case "update-contact":
    case "update-account":
      return updateEffects(operation, ignoreBefore);
    case "add-handle":
    case "remove-handle":
      return [
        effect(`${operation.handle.source} ${operation.handle.handle}`, [operation.kind, handleKey(operation.handle)]),
      ];
    case "upload-avatar":
      return [effect("avatar", operation.picture.sha256)];
    case "merge-contacts":
      return [
        effect("merge", [withSortedHandles(operation.target), operation.others.map(withSortedHandles).sort(byId)]),
      ];
    case "delete-contact":
      return [effect("deletion", withSortedHandles(operation.contact))];
    case "add-to-list":
    case "remove-from-list":
      return [effect(`list ${operation.list.name}`, operation.kind)];
    case "create-account": {
      const { name, description, domains, externalId, customFields } = operation;
      return [effect("creation", { name, description, domains, externalId, customFields })];
    }
    case "delete-account":
      return [effect("deletion", [operation.account.id, operation.account.belongings])];
    case "link-account":
    case "unlink-account":
      return [effect("account", [operation.kind, operation.account])];
  }
}

function effect(label: string, value: unknown): Effect {
  return { label, key: canonicalJson([label, value]) };
}

function updateEffects(operation: OperationOf<"update-contact" | "update-account">, ignoreBefore: boolean): Effect[] {
  const { name, description, customFields = [] } = operation;
  const before = ignoreBefore ? {} : operation.before;
  return [
    ...(name === undefined ? [] : [effect("name", [before.name, name])]),
    ...(description === undefined ? [] : [effect("description", [before.description, description])]),
    ...(operation.kind === "update-contact" ? linkEffects(operation) : domainEffects(operation)),
    ...customFields.map((field) => effect(field.name, ignoreBefore ? { ...field, before: undefined } : field)),
  ];
}

function linkEffects({ addLinks = [], removeLinks = [] }: OperationOf<"update-contact">): Effect[] {
  return [
    ...addLinks.map((link) => effect("links", ["add", link])),
    ...removeLinks.map((link) => effect("links", ["remove", link])),
  ];
}

function domainEffects({ addDomains = [], removeDomains = [] }: OperationOf<"update-account">): Effect[] {
  return [
    ...addDomains.map((domain) => effect(`domain ${domain}`, ["add", domainKey(domain)])),
    ...removeDomains.map((domain) => effect(`domain ${domain}`, ["remove", domainKey(domain)])),
  ];
}

/** Sorts the handles, because Front may list them in a different order. */
function withSortedHandles({ id, handles, belongings }: ApprovedContact) {
  return { id, handles: handles.map(handleKey).sort(), belongings };
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}
