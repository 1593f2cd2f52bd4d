import type { SourceLocation } from "../model/diagnostic.ts";
import { type DeclaredHandle, handleKey } from "../model/handle.ts";
import { hasForms } from "../model/unicode-forms.ts";
import { type CheckedConfig, duplicates, type Finding } from "./rule-definition.ts";

type Kind = "Handle" | "List" | "Custom field";

interface Name {
  readonly kind: Kind;
  readonly name: string;
  /** Equal keys identify the same list, custom field or handle in Front. */
  readonly key: string;
  readonly location: SourceLocation;
}

/** Front may distinguish names that look the same, such as `Café` with one or two characters for the last letter. */
export function* differentForms(config: CheckedConfig): Iterable<Finding<"unicode-forms">> {
  for (const { item, first, related } of duplicates(namesIn(config), ({ kind, key }) => kind + key.normalize("NFC"))) {
    if (item.key === first.key) continue;
    yield { parameters: { kind: item.kind, name: item.name, other: first.name }, location: item.location, related };
  }
}

function namesIn({ contacts, lists, customFields }: CheckedConfig): Name[] {
  const named = (kind: Kind) => (item: { readonly name: string; readonly location: SourceLocation }) =>
    hasForms(item.name) ? [{ kind, name: item.name, key: item.name, location: item.location }] : [];
  return [
    ...lists.flatMap(named("List")),
    ...customFields.flatMap(named("Custom field")),
    ...contacts.flatMap(({ handles }) => handles.filter(hasSeveralForms).map(toName)),
  ];
}

/** Email addresses are compared in one Unicode form. Other rules check phone numbers. */
function hasSeveralForms({ source, handle }: DeclaredHandle): boolean {
  return source !== "email" && source !== "phone" && hasForms(handle);
}

function toName(declared: DeclaredHandle & { readonly location: SourceLocation }): Name {
  return { kind: "Handle", name: declared.handle, key: handleKey(declared), location: declared.location };
}
