import {
  type Action,
  type AttributeValue,
  type Change,
  type Difference,
  escapeText,
  type Member,
  type Plan,
  type SourceLocation,
  writtenField,
} from "../../../src/internal.ts";
import type { Colors } from "../colors.ts";
import { compareLines, isMultiline, omitCommonStart, omitUnchanged } from "../line-comparison.ts";
import { groupDigits, plural, quoted } from "../text.ts";

/** Terraform's symbol for an action. */
export type Sign = "+" | "~" | "-";

/** A line of a change. Each view of a plan renders the sign differently. */
export interface ChangeLine {
  /** Omitted on lines that show no change. */
  readonly sign?: Sign;
  /** Column of the text, from 0. The sign is two columns to the left. */
  readonly column: number;
  readonly text: string;
}

export const SIGNS: Readonly<Record<Action, Sign>> = { create: "+", update: "~", delete: "-" };

/**
 * Returns the type and the quoted name of a resource, such as `front_contact "dale"`. A row of a table is written as
 * its address, such as `front_contact.customers["C-1042"]`.
 */
function describeResource({ type, name, address }: Change): string {
  const isRow = name.includes("[") && address === `${type}.${name}`;
  return isRow ? escapeText(address) : `${type} ${quoted(name)}`;
}

/** Shortens `sha256:` and the hash of a picture file. */
export function shortHash(value: string): string {
  return `${value.slice(0, 15)}…`;
}

/** Returns the paths of picture files, by the value of the attribute `avatar`. */
export function uploadedFiles({ operations }: Plan): ReadonlyMap<string, string> {
  const uploads = operations.filter((operation) => operation.kind === "upload-avatar");
  return new Map(uploads.map(({ picture }) => [`sha256:${picture.sha256}`, picture.path]));
}

export class ChangeRenderer {
  readonly #colors: Colors;
  readonly #maxMembers: number;
  readonly #pictures: ReadonlyMap<string, string>;

  constructor(plan: Plan, colors: Colors, { full = false } = {}) {
    this.#colors = colors;
    this.#maxMembers = full ? Number.POSITIVE_INFINITY : MAX_MEMBERS;
    this.#pictures = uploadedFiles(plan);
  }

  render(change: Change): ChangeLine[] {
    const { action, id } = change;
    return [
      { sign: SIGNS[action], column: 4, text: `${describeResource(change)} {` },
      ...(id === undefined ? [] : [{ column: 8, text: `id            = ${quoted(id)}` }]),
      ...unchangedName(change),
      ...this.#attributes(change),
      ...this.#unmanaged(change),
      ...change.notes.map((note) => this.#comment(escapeText(note))),
      { column: 4, text: "}" },
    ];
  }

  #comment(text: string): ChangeLine {
    return { column: 8, text: this.#colors.dim(`# ${text}`) };
  }

  #attributes({ action, differences }: Change): ChangeLine[] {
    return changedAttributes(differences).flatMap((attribute) => {
      const ofAttribute = differences.filter((difference) => difference.attribute === attribute);
      if (COLLECTIONS.has(attribute)) return this.#collection(attribute, ofAttribute, action);
      return ofAttribute.flatMap((difference) => this.#scalar(difference));
    });
  }

  /**
   * Returns a comment with the side that changed, the value at the base, and the default that sets the value, or an
   * empty string if none of these is known.
   */
  #origin({ attribute, origin, base, defaultLocation }: Difference): string {
    const isElement = ["handles", "links", "lists", "domains"].includes(attribute);
    const value = base === undefined || isElement ? "" : `; ${this.#value(base)} at the base`;
    const parts = [
      ...(origin === undefined ? [] : [`${ORIGINS[origin]}${value}`]),
      ...(defaultLocation === undefined ? [] : [`default in ${lineOf(defaultLocation)}`]),
    ];
    return parts.length === 0 ? "" : this.#colors.dim(` # ${parts.join("; ")}`);
  }

  #scalar(difference: Difference): ChangeLine[] {
    const { attribute, before, after } = difference;
    const head = (text: string): ChangeLine => ({
      sign: signOf(difference),
      column: 8,
      text: `${attribute.padEnd(13)} = ${text}${this.#origin(difference)}`,
    });
    // Only descriptions are shown on several lines, because a name with line breaks could forge lines of a plan.
    const showsLines = attribute === "description" && (isMultiline(before) || isMultiline(after));
    if (!showsLines) return [head(this.#transition(before, after))];
    const lines = compareLines(String(before ?? ""), String(after ?? ""));
    return [
      head("<<"),
      ...omitUnchanged(lines).map(({ sign, text }): ChangeLine => {
        if (sign === "#") return { column: 12, text: this.#colors.dim(`# ${text}`) };
        return { ...(sign === " " ? {} : { sign }), column: 12, text };
      }),
      { column: 8, text: ">>" },
    ];
  }

  #collection(attribute: string, differences: readonly Difference[], action: Action): ChangeLine[] {
    const hasKeys = attribute === "custom_fields";
    const entries = differences.map((difference): ChangeLine => {
      const { key = "", after } = difference;
      const before = shownBefore(difference);
      const text = hasKeys
        ? `${quoted(key)} = ${this.#transition(before, after)}`
        : this.#entry(after ?? before ?? key);
      return { sign: signOf(difference), column: 12, text: `${text}${this.#origin(difference)}` };
    });
    const [open, close] = hasKeys ? ["{", "}"] : ["[", "]"];
    const omitted = attribute === "members" ? entries.splice(this.#maxMembers).length : 0;
    return [
      { sign: SIGNS[action], column: 8, text: `${attribute.padEnd(13)} = ${open}` },
      ...entries,
      ...(omitted === 0
        ? []
        : [{ column: 12, text: this.#colors.dim(`# and ${groupDigits(omitted)} more, which --full shows`) }]),
      { column: 8, text: close },
    ];
  }

  #transition(before: AttributeValue | undefined, after: AttributeValue | undefined): string {
    if (before === undefined || before === null) return this.#value(after ?? null);
    const [oldValue, newValue] = excerptsOf(before, after);
    return `${this.#value(oldValue ?? null)} ${this.#colors.yellow("->")} ${this.#value(newValue ?? null)}`;
  }

  #value(value: AttributeValue): string {
    const picture = this.#pictures.get(String(value));
    if (picture === undefined) return quotedValue(value);
    return `${quoted(picture)} ${this.#colors.dim(`(${shortHash(String(value))})`)}`;
  }

  #entry(value: AttributeValue): string {
    if (!isMember(value)) return this.#value(value);
    const details = [...value.handles.map(quotedValue), value.id].join(", ");
    return `${quoted(memberName(value))} ${this.#colors.dim(`(${details})`)}`;
  }

  #unmanaged({ kept }: Change): ChangeLine[] {
    const text = describeUnmanaged(kept);
    return text === "" ? [] : [this.#comment(text)];
  }
}

/** Returns the previous value in the form that configuration files use. */
export function shownBefore(difference: Difference): AttributeValue | undefined {
  const { before } = difference;
  if (difference.attribute !== "custom_fields" || difference.type === undefined) return before;
  return writtenField(difference.type, difference.before);
}

export function lineOf({ file, line }: SourceLocation): string {
  return `${escapeText(file)}:${line}`;
}

/** Returns text such as `unmanaged and unchanged: 2 lists`, or an empty string. */
export function describeUnmanaged(kept: Change["kept"]): string {
  const parts = [
    [kept.handles, "handle"],
    [kept.links, "link"],
    [kept.lists, "list"],
    [kept.domains ?? 0, "domain"],
    [kept.customFields, "custom field"],
  ] as const;
  const counts = parts.filter(([count]) => count > 0).map(([count, noun]) => plural(count, noun));
  return counts.length === 0 ? "" : `unmanaged and unchanged: ${counts.join(", ")}`;
}

export const ORIGINS: Readonly<Record<NonNullable<Difference["origin"]>, string>> = {
  front: "changed in Front",
  files: "changed in the configuration",
  both: "changed in Front and in the configuration",
};

/** The labels of attributes, in the order in which plans show them. */
export const ATTRIBUTE_LABELS = {
  name: "name",
  description: "description",
  handles: "handles",
  links: "links",
  lists: "lists",
  custom_fields: "custom fields",
  avatar: "avatar",
  account: "account",
  members: "members",
  domains: "domains",
  external_id: "external ID",
} as const satisfies Readonly<Record<Difference["attribute"], string>>;
export const ATTRIBUTE_NAMES: readonly string[] = Object.keys(ATTRIBUTE_LABELS);
const COLLECTIONS: ReadonlySet<string> = new Set(["handles", "links", "lists", "custom_fields", "domains", "members"]);
/** Maximum number of members of a list to show, unless the plan is shown in full. */
const MAX_MEMBERS = 200;

/** Maximum number of characters of a quoted value. */
const VALUE_LIMIT = 200;

/** Returns both values. If they are texts and one of them is long, omits most of their common start. */
export function excerptsOf(
  before: AttributeValue | undefined,
  after: AttributeValue | undefined,
): readonly [AttributeValue | undefined, AttributeValue | undefined] {
  const areTexts = typeof before === "string" && typeof after === "string";
  return areTexts ? omitCommonStart(before, after, VALUE_LIMIT) : [before, after];
}

function changedAttributes(differences: readonly Difference[]): string[] {
  const attributes = [...new Set(differences.map(({ attribute }) => attribute))];
  return attributes.sort((a, b) => ATTRIBUTE_NAMES.indexOf(a) - ATTRIBUTE_NAMES.indexOf(b));
}

function unchangedName({ action, before, differences }: Change): ChangeLine[] {
  const name = before?.name;
  if (action === "create" || typeof name !== "string" || differences.some(({ attribute }) => attribute === "name")) {
    return [];
  }
  return [{ column: 8, text: `name          = ${quoted(name)}` }];
}

function signOf({ before, after }: Pick<Difference, "before" | "after">): Sign {
  if (before === undefined || before === null) return SIGNS.create;
  return after === undefined ? SIGNS.delete : SIGNS.update;
}

export function isMember(value: AttributeValue | undefined): value is Member {
  return typeof value === "object" && value !== null && "handles" in value;
}

/** Returns the name or, if there is none, the first handle or the ID. */
export function memberName({ id, name, handles }: Member): string {
  return name !== null && name.trim() !== "" ? name : (handles[0]?.handle ?? id);
}

/** Returns a value as text: a handle with its source, a quoted string, or JSON. */
export function quotedValue(value: AttributeValue): string {
  if (typeof value === "string") return quoted(value);
  const isHandle = typeof value === "object" && value !== null && "source" in value && "handle" in value;
  return isHandle ? `${escapeText(value.source)} ${quoted(value.handle)}` : escapeText(JSON.stringify(value));
}
