import { isDeepStrictEqual } from "node:util";
import type { FoundColumn } from "../config/tables/cell-reader.ts";
import { propertyId } from "../config/tables/table-spec.ts";
import type { UncheckedContact } from "../config/unchecked-config.ts";
import type { UncheckedField } from "../config/written-values.ts";
import { type Collection, type DesiredField, handleKey, type InheritedValue } from "../model/contact.ts";
import { isSameText, normalText } from "../model/field-values.ts";
import type { DeclaredHandle } from "../model/handle.ts";
import {
  type CellEdit,
  type ColumnCell,
  cellsWithoutPart,
  cellsWithPart,
  isFormula,
  joinedCells,
  textsOfAccount,
} from "./cell-edits.ts";
import {
  type EntryField,
  type EntryUpdate,
  EXACT_WITH_OMITTED_REASON,
  type ExistingEntry,
  fieldProperty,
  type ImportWarning,
  isSameAccount,
  isSameField,
  wouldDeleteOmitted,
} from "./entry.ts";
import { notUpdated } from "./property-edit.ts";
import {
  collectionItems,
  contentOf,
  handleItem,
  hasExactItems,
  type Item,
  keyOfItem,
  textOfReference,
  valueIn,
} from "./row-values.ts";

export interface EditedRow {
  readonly contact: UncheckedContact;
  readonly cells: readonly string[];
  readonly columns: readonly FoundColumn[];
  /** Returns the contact that a row with these cells describes; undefined if the row describes no contact. */
  readonly read: (cells: readonly string[]) => UncheckedContact | undefined;
  readonly canEncode: (text: string) => boolean;
}

interface ValueEdit {
  /** In order of preference. */
  readonly candidates: Iterable<CellEdit>;
  readonly hasValue: (contact: UncheckedContact) => boolean;
  /** The warning if no edit has the intended effect. Default: the cells cannot express the value. */
  readonly reason?: string;
}

/**
 * Returns new contents of cells, and a warning for each value that no cell can express. Makes an edit only if the
 * edited row describes the same contact with the new value.
 */
export function editRow(
  row: EditedRow,
  existing: ExistingEntry,
  update: EntryUpdate,
): { readonly cells: ReadonlyMap<number, string>; readonly warnings: readonly ImportWarning[] } {
  const editor = new RowEditor(row, existing, update);
  editor.editAll();
  return editor;
}

class RowEditor {
  readonly cells = new Map<number, string>();
  readonly warnings: ImportWarning[] = [];
  readonly #row: EditedRow;
  readonly #existing: ExistingEntry;
  readonly #update: EntryUpdate;
  #contact: UncheckedContact;

  constructor(row: EditedRow, existing: ExistingEntry, update: EntryUpdate) {
    this.#row = row;
    this.#contact = row.contact;
    this.#existing = existing;
    this.#update = update;
  }

  editAll(): void {
    const { entry, isAvatarUnchanged } = this.#update;
    const { name, description, customFields = [], avatar } = this.#existing;
    if (name !== undefined) this.#editText("name", name, { after: entry.name, separator: " " });
    if (description !== undefined) {
      this.#editText("description", description, { after: entry.description, separator: "\n" });
    }
    for (const field of customFields) {
      const after = entry.customFields.find(({ name: fieldName }) => fieldName === field.name);
      this.#editField(field, after);
    }
    this.#warnMissingFields(customFields);
    this.#editHandles();
    this.#editLinks();
    this.#editLists();
    this.#editAccount();
    if (avatar !== undefined && !isAvatarUnchanged) {
      this.#warnNotUpdated("avatar", "has a default, and no cell can contain a picture; change or remove the default");
    }
  }

  /**
   * Warns if custom fields are exact and Front has values for fields that the row lacks, because apply would clear
   * them.
   */
  #warnMissingFields(declared: readonly DesiredField[]): void {
    if (!this.#update.complete || !this.#existing.exact.includes("custom_fields")) return;
    const names = new Set(declared.map(({ name }) => name));
    if (this.#update.entry.customFields.some(({ name }) => !names.has(name))) {
      this.#warnNotUpdated(
        "custom_fields",
        "are exact, and Front has values for fields without a mapped column; map these fields, or remove custom_fields from exact",
      );
    }
    this.#warnOmittedExact("custom_fields");
  }

  /** Edits the cells of a text. Clears them if a complete update has no value. */
  #editText(
    property: "name" | "description",
    before: string,
    { after = "", separator }: { readonly after: string | undefined; readonly separator: string },
  ): void {
    const { complete, omitted } = this.#update;
    if (isSameText(before, after) || omitted?.has(property) === true) return;
    if (after === "" && !complete) return;
    if (after === "" && property === "description" && this.#warnRemainingDefault(property)) return;
    this.#edit(property, {
      candidates: joinedCells(this.#columnCells(property), after === "" ? null : after, separator),
      hasValue: (contact) => isSameText(contact[property], after),
    });
  }

  #editField({ name, value: before }: DesiredField, after: EntryField | undefined): void {
    const { complete, omitted } = this.#update;
    if (omitted?.has(fieldProperty(name)) === true) return;
    const type = after?.type ?? "string";
    const cell = this.#field(this.#contact, name);
    const rowValue = cell === undefined ? before : valueIn(cell, after);
    if (after === undefined ? before === null || !complete : isSameField(rowValue, after)) return;
    if (after === undefined && this.#warnRemainingDefault("custom_fields", name)) return;
    const value = after?.value ?? null;
    this.#edit(`custom field ${name}`, {
      candidates: joinedCells(this.#columnCells(`field ${name}`), value, " "),
      hasValue: (contact) => {
        const found = this.#field(contact, name);
        if (value === null) return found === undefined || found.value === null;
        return found !== undefined && isSameField(valueIn(found, after), { name, type, value });
      },
    });
  }

  #field({ customFields = [] }: UncheckedContact, name: string): UncheckedField | undefined {
    return customFields.find((field) => field.name === name);
  }

  /**
   * Removes handles that the contact no longer has in Front, and adds new handles. A new handle replaces a removed
   * handle with the same source.
   */
  #editHandles(): void {
    if (this.#warnOmittedExact("handles")) return;
    const after = this.#update.entry.handles;
    const keys = new Set(after.map(handleKey));
    const current = this.#contact.handles;
    const declared = new Map(
      this.#existing.handles.map((handle) => [keyOfItem(handleItem(handle)), handleKey(handle)]),
    );
    const keyOf = (handle: DeclaredHandle) => declared.get(keyOfItem(handleItem(handle))) ?? handleKey(handle);
    const removed = this.#update.complete ? current.filter((handle) => !keys.has(keyOf(handle))) : [];
    const declaredKeys = new Set(this.#existing.handles.map(handleKey));
    this.#editItems("handles", {
      removed: removed.map(handleItem),
      added: after
        .filter((handle) => !declaredKeys.has(handleKey(handle)))
        .map(({ source, handle }) => handleItem({ source, handle })),
    });
  }

  #editLinks(): void {
    const cellValues = (this.#contact.links ?? []).map(({ text }) => text);
    this.#editTexts("links", { cellValues, effective: this.#existing.links, after: this.#update.entry.links });
  }

  #editLists(): void {
    const { entry, exactLists } = this.#update;
    const cellValues = (this.#contact.lists ?? []).flatMap((list) => ("name" in list ? [list.name] : []));
    const effective = this.#existing.lists?.flatMap((list) => ("name" in list ? [list.name] : [list.id]));
    // An entry can refer to a list by its name or its ID.
    const names = entry.lists.map(({ name, id }) => (id !== undefined && effective?.includes(id) ? id : name));
    const exact = names.filter((name) => exactLists?.has(name));
    this.#editTexts("lists", {
      cellValues,
      effective: effective ?? (exact.length > 0 ? [] : undefined),
      after: effective ? names : exact,
    });
  }

  /** Edits the cells of links or lists. `effective` contains `cellValues` and the defaults. */
  #editTexts(
    property: "links" | "lists",
    {
      cellValues,
      effective,
      after,
    }: {
      readonly cellValues: readonly string[];
      readonly effective: readonly string[] | undefined;
      readonly after: readonly string[];
    },
  ): void {
    if (effective === undefined || this.#warnOmittedExact(property)) return;
    const keys = new Set(after.map(normalText));
    const isRemoved = (text: string) => this.#update.complete && !keys.has(normalText(text));
    for (const text of effective)
      if (!cellValues.includes(text) && isRemoved(text)) this.#warnRemainingDefault(property, text);
    const known = new Set(effective.map(normalText));
    const itemOf = (text: string) => ({ propertyId: property, text });
    this.#editItems(property, {
      removed: cellValues.filter(isRemoved).map(itemOf),
      added: after.filter((text) => !known.has(normalText(text))).map(itemOf),
    });
  }

  #editAccount(): void {
    const { account } = this.#update;
    const { account: declared } = this.#existing;
    const columns = this.#columns("account");
    if (account === undefined || isSameAccount(account, declared)) return;
    if (account === null ? this.#warnRemainingDefault("account") : declared === undefined && columns.length === 0)
      return;
    const textsFor = ({ by }: FoundColumn) => (account === null ? [""] : textsOfAccount(account, by));
    const candidates = columns.flatMap((column) => textsFor(column).map((text) => [[column.index, text] as const]));
    const texts = new Set(columns.flatMap(textsFor));
    const hasValue = ({ account: found }: UncheckedContact) =>
      texts.has(found === undefined ? "" : textOfReference(found));
    this.#edit("account", { candidates, hasValue });
  }

  #editItems(
    property: "handles" | "links" | "lists",
    { removed, added }: { removed: readonly Item[]; added: readonly Item[] },
  ) {
    const remaining = [...added];
    for (const item of removed) {
      const index = remaining.findIndex((other) => other.propertyId === item.propertyId);
      const [replacement] = index === -1 ? [] : remaining.splice(index, 1);
      this.#edit(property, {
        candidates: cellsWithoutPart(this.#columnCells(item.propertyId), replacement?.text),
        hasValue: hasExactItems(property, [
          ...collectionItems(this.#contact, property).filter((other) => keyOfItem(other) !== keyOfItem(item)),
          ...(replacement === undefined ? [] : [replacement]),
        ]),
      });
    }
    for (const item of remaining) {
      const hasValue = hasExactItems(property, [...collectionItems(this.#contact, property), item]);
      this.#edit(property, {
        candidates: cellsWithPart(this.#columnCells(item.propertyId), item.text),
        hasValue,
        reason: `have no free cell for "${item.text}"; map another column`,
      });
    }
  }

  #columnCells(id: string): readonly ColumnCell[] {
    return this.#columns(id).map((column) => ({ ...column, cell: this.#cell(column) }));
  }

  #edit(property: string, { candidates, hasValue, reason }: ValueEdit): void {
    const before = contentOf(this.#contact, property);
    const leavesOthersUnchanged = (contact: UncheckedContact) =>
      isDeepStrictEqual(contentOf(contact, property), before);
    let problem = reason ?? "cannot be expressed by the mapped cells; edit the row or its mapping";
    for (const edit of candidates) {
      const unwritable = edit.map(([, text]) => this.#checkText(text)).find((reason) => reason !== undefined);
      const contact = unwritable === undefined ? this.#readWith(edit) : undefined;
      if (contact !== undefined && hasValue(contact) && leavesOthersUnchanged(contact)) {
        this.#accept(edit, contact);
        return;
      }
      problem = unwritable ?? problem;
    }
    this.#warnNotUpdated(property, problem);
  }

  #readWith(edit: CellEdit): UncheckedContact | undefined {
    const cells = this.#row.cells.map((_, index) => this.#cell({ index }));
    for (const [index, text] of edit) cells[index] = text;
    return this.#row.read(cells);
  }

  #accept(edit: CellEdit, contact: UncheckedContact): void {
    this.#contact = contact;
    for (const [index, text] of edit) this.cells.set(index, text);
  }

  #checkText(text: string): string | undefined {
    if (isFormula(text))
      return "could be evaluated as a formula by a spreadsheet; if it is safe, edit the row manually";
    return this.#row.canEncode(text)
      ? undefined
      : "cannot be written in the encoding of the table; save the table as UTF-8, and remove encoding from its declaration if it is set";
  }

  #warnNotUpdated(property: string, reason: string): void {
    this.warnings.push(notUpdated(this.#existing.key, property, reason));
  }

  /** Returns whether a default would replace a cleared cell, and adds a warning if so. */
  #warnRemainingDefault(attribute: InheritedValue["attribute"], key?: string): boolean {
    const inherited = this.#existing.inherited?.find((value) => value.attribute === attribute && value.key === key);
    if (inherited === undefined) return false;
    const { file, line } = inherited.location;
    const property = attribute === "custom_fields" ? `custom field ${key}` : attribute;
    const value = attribute === "links" || attribute === "lists" ? `include the default "${key}"` : "has the default";
    this.#warnNotUpdated(
      property,
      `${value} (${file}:${line}), which the contact does not have in Front; change or remove the default`,
    );
    return true;
  }

  /** Returns whether apply would delete values that cannot be written to a cell, and adds a warning if so. */
  #warnOmittedExact(collection: Collection): boolean {
    const isOmitted = wouldDeleteOmitted(collection, this.#existing, this.#update);
    if (isOmitted) this.#warnNotUpdated(collection, EXACT_WITH_OMITTED_REASON);
    return isOmitted;
  }

  #columns(id: string): readonly FoundColumn[] {
    return this.#row.columns.filter(({ target }) => propertyId(target) === id);
  }

  #cell({ index }: Pick<FoundColumn, "index">): string {
    return this.cells.get(index) ?? this.#row.cells[index] ?? "";
  }
}
