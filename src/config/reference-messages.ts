import { FIELD_TYPES } from "../model/custom-field.ts";
import { differOnlyInForm } from "../model/unicode-forms.ts";
import { didYouMeanName, explainForms, type Messages, showForm, suggestName } from "./message-parts.ts";

/** Messages for custom fields and lists that do not match Front. */
export const REFERENCE_MESSAGES = {
  "field-type-differs": ({ name, declared, type }: { name: string; declared: string; type: string }) => ({
    summary: `Custom field "${name}" is declared as ${declared}, but its type in Front is ${type}`,
    advice: FIELD_TYPES.some((known) => known === type)
      ? `Declare it as { type: ${type} }.`
      : "Remove the declaration. Custom fields of that type cannot be declared.",
  }),
  "field-values-differ": ({
    name,
    unknown,
    values,
  }: Named & { unknown: readonly string[]; values: readonly string[] }) => ({
    summary: `Custom field "${name}" is declared with values that do not exist in Front: ${unknown.map((value) => `"${value}"`).join(", ")}`,
    advice: `Use the values in Front: ${values.join(", ")}.`,
  }),
  "field-unknown": ({ name, suggestion, owner }: Named & Suggested & { owner: "contacts" | "accounts" }) => ({
    summary: `Front has no custom field "${name}" for ${owner}`,
    advice:
      suggestion === undefined
        ? "Create it in Front's settings, or remove it from the file. The API cannot create custom fields."
        : suggestName(name, suggestion),
  }),
  "field-not-writable": ({ name, type }: { name: string; type: string }) => ({
    summary: `Custom field "${name}" has the type ${type}, which the API cannot write`,
    advice: "Remove it from the file. Its value in Front is not changed.",
  }),
  "list-unknown": ({ list, suggestion }: { list: Named | { id: string } } & Suggested) =>
    "id" in list
      ? { summary: `Front has no list with the ID "${list.id}"`, advice: "Correct the ID, or use the list's name." }
      : {
          summary: `List "${list.name}" does not exist in Front and is not declared`,
          advice: adviseUnknownList(list.name, suggestion),
        },
  "list-lookalike": ({ name, other, exists }: Named & { other: string; exists: boolean }) => ({
    summary: `List "${name}" does not exist in Front, but a list whose name looks the same ${exists ? "exists" : "is declared"}`,
    advice: `${explainForms(name, other)} Rename one of them, or write "${showForm(other, name)}" for both. A list with a name that looks the same is not created.`,
  }),
  "list-ambiguous": ({ name, ids, isManaged, team }: AmbiguousList) => ({
    summary: `Front has more than one list named "${name}": ${ids.join(", ")}`,
    advice: isManaged
      ? `${team === undefined ? 'Declare it with the key "team" and the ID of its workspace, or rename' : "Rename"} one of the lists in Front.`
      : `Use the ID of one of them, such as { id: ${ids[0]} }.`,
  }),
  "list-elsewhere": ({ name, team, ids }: { name: string; team: string; ids: readonly string[] }) => ({
    summary: `The workspace ${team} has no list "${name}", but ${ids.length === 1 ? "another workspace has one" : "other workspaces have one"}: ${ids.join(", ")}`,
    advice: `${
      ids.length === 1
        ? 'Remove the key "team" from the declaration to use that list'
        : 'Set the key "team" to the workspace of one of them'
    }, or declare a list with a different name. A second list with the same name is not created.`,
  }),
  "list-private": ({ name, id }: { name: string; id: string }) => ({
    summary: `The list "${name}" (${id}) is a teammate's private list, which cannot be managed`,
    advice: "Remove the keys members and ensure from the declaration, or declare a list with a different name.",
  }),
} satisfies Messages;

function adviseUnknownList(name: string, suggestion: string | undefined): string {
  const create = `To create "${name}", add it under the top-level key lists.`;
  if (suggestion === undefined) return create;
  const question = didYouMeanName(name, suggestion, "");
  return differOnlyInForm(name, suggestion) ? question : `${question} ${create}`;
}

type AmbiguousList = Named & { readonly ids: readonly string[]; readonly isManaged?: boolean; readonly team?: string };
type Named = { readonly name: string };
type Suggested = { readonly suggestion?: string | undefined };
