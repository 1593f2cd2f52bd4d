/** Messages about custom fields and lists that do not match those in Front, by diagnostic code. */
export const REFERENCE_MESSAGES = {
  "field-type-differs": ({ name, declared, type }: { name: string; declared: string; type: string }) => ({
    summary: `Custom field "${name}" is declared as ${declared}, but its type in Front is ${type}`,
    advice: `Declare it as { type: ${type} }.`,
  }),
  "field-values-differ": ({
    name,
    unknown,
    values,
  }: {
    name: string;
    unknown: readonly string[];
    values: readonly string[];
  }) => ({
    summary: `Custom field "${name}" has no value ${unknown.map((value) => `"${value}"`).join(", ")} in Front`,
    advice: `Use the values in Front: ${values.join(", ")}.`,
  }),
  "field-unknown": ({
    name,
    near,
    owner,
  }: {
    name: string;
    near: string | undefined;
    owner: "contacts" | "accounts";
  }) => ({
    summary: `Front has no custom field "${name}" for ${owner}`,
    advice:
      near === undefined
        ? "Create it in Front's settings, or remove it from the file. The API cannot create custom fields."
        : `Did you mean "${near}"? Names are case-sensitive.`,
  }),
  "field-not-writable": ({ name, type }: { name: string; type: string }) => ({
    summary: `Custom field "${name}" has the type ${type}, which the API cannot write`,
    advice: "Remove it from the file. Its value in Front is not changed.",
  }),
  "list-unknown": ({ list, near }: { list: { name: string } | { id: string }; near?: string | undefined }) =>
    "id" in list
      ? { summary: `Front has no list with the id "${list.id}"`, advice: "Correct the id, or use the list's name." }
      : {
          summary: `Front has no list "${list.name}", and no file declares it`,
          advice: `${near === undefined ? "" : `Did you mean "${near}"? `}To create it, add it under lists: at the top of a file.`,
        },
  "list-ambiguous": ({ name, ids, isManaged }: { name: string; ids: readonly string[]; isManaged?: boolean }) => ({
    summary: `Front has more than one list "${name}": ${ids.join(", ")}`,
    advice: isManaged
      ? "Declare it with team: and the id of its workspace, or rename one of the lists in Front."
      : `Use the id of one of them, such as { id: ${ids[0]} }.`,
  }),
  "list-elsewhere": ({ name, team, ids }: { name: string; team: string; ids: readonly string[] }) => ({
    summary: `The workspace ${team} has no list "${name}", but another workspace has one: ${ids.join(", ")}`,
    advice:
      "Remove team: to use that list, or declare a list with another name. A second list with the same name is not created.",
  }),
  "list-private": ({ name, id }: { name: string; id: string }) => ({
    summary: `The list "${name}" (${id}) is a teammate's private list, which is not managed`,
    advice: "Remove members or ensure from it, or declare a list with another name.",
  }),
} satisfies Readonly<Record<string, (parameters: never) => { readonly summary: string; readonly advice: string }>>;
