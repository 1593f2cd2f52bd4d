import {
  type Action,
  type Attributes,
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
import { compareLines, hasLines, plural, quoted } from "../text.ts";

/** Terraform's symbol for an action. */
export type Sign = "+" | "~" | "-";

/** A line of a change. Each view of a plan adds the signs itself. */
export interface ChangeLine {
  /** Omitted on lines about unchanged values. */
  readonly sign?: Sign;
  /** Column of the text, from 0. The sign is two columns to the left. */
  readonly column: number;
  readonly text: string;
}

export const SIGNS: Readonly<Record<Action, Sign>> = { create: "+", update: "~", delete: "-" };

/**
 * Returns the name of a resource as Terraform writes it. The key of a row already has quotes, as in
 * `front_contact.customers["C-1042"]`.
 */
function resourceOf({ type, name, address }: Change): string {
  const isRow = name.includes("[") && address === `${type}.${name}`;
  return isRow ? escapeText(address) : `${type} ${quoted(name)}`;
}

/** Describes the changes of a plan in lines, formatted like Terraform's. */
export class ChangeLines {
  readonly #paint: Colors;
  readonly #pictures: ReadonlyMap<string, string>;

  constructor(plan: Plan, paint: Colors) {
    this.#paint = paint;
    const uploads = plan.operations.filter((operation) => operation.kind === "upload-avatar");
    this.#pictures = new Map(uploads.map(({ picture }) => [`sha256:${picture.sha256}`, picture.path]));
  }

  of(change: Change): ChangeLine[] {
    const { action, id } = change;
    return [
      { sign: SIGNS[action], column: 4, text: `${resourceOf(change)} {` },
      ...(id === undefined ? [] : [{ column: 8, text: `id            = ${quoted(id)}` }]),
      ...unchangedName(change),
      ...this.#attributes(change),
      ...this.#kept(change),
      ...change.notes.map((note) => this.#comment(escapeText(note))),
      { column: 4, text: "}" },
    ];
  }

  #comment(text: string): ChangeLine {
    return { column: 8, text: this.#paint.dim(`# ${text}`) };
  }

  #attributes({ action, differences }: Change): ChangeLine[] {
    return changedAttributes(differences).flatMap((attribute) => {
      const found = differences.filter((difference) => difference.attribute === attribute);
      if (COLLECTIONS.has(attribute)) return this.#collection(attribute, found, action);
      return found.flatMap((one) => this.#scalar(one));
    });
  }

  /**
   * Returns the side that changed since the last apply or the base, if known, the value at the base, and the default
   * that the value comes from.
   */
  #origin({ attribute, origin, base, defaultLocation }: Difference): string {
    const isMember = ["handles", "links", "lists", "domains"].includes(attribute);
    const value = base === undefined || isMember ? "" : `; ${this.#value(base)} at the base`;
    const words = [
      ...(origin === undefined ? [] : [`${ORIGINS[origin]}${value}`]),
      ...(defaultLocation === undefined ? [] : [`default in ${lineOf(defaultLocation)}`]),
    ];
    return words.length === 0 ? "" : this.#paint.dim(` # ${words.join("; ")}`);
  }

  #scalar(difference: Difference): ChangeLine[] {
    const { attribute, before, after } = difference;
    const head = (text: string): ChangeLine => ({
      sign: signOf(difference),
      column: 8,
      text: `${attribute.padEnd(13)} = ${text}${this.#origin(difference)}`,
    });
    // Only descriptions are shown on several lines: a name with line breaks could forge lines of a plan.
    const lined = attribute === "description" && (hasLines(before) || hasLines(after));
    if (!lined) return [head(this.#transition(before, after))];
    const lines = compareLines(String(before ?? ""), String(after ?? ""));
    return [
      head("<<"),
      ...lines.map(({ sign, text }) => ({ ...(sign === " " ? {} : { sign }), column: 12, text })),
      { column: 8, text: ">>" },
    ];
  }

  #collection(attribute: string, differences: readonly Difference[], action: Action): ChangeLine[] {
    const named = attribute === "custom_fields";
    const entries = differences.map((difference): ChangeLine => {
      const { key = "", after } = difference;
      const before = shownBefore(difference);
      const text = named ? `${quoted(key)} = ${this.#transition(before, after)}` : this.#entry(after ?? before ?? key);
      return { sign: signOf(difference), column: 12, text: `${text}${this.#origin(difference)}` };
    });
    const [open, close] = named ? ["{", "}"] : ["[", "]"];
    const omitted = attribute === "members" ? entries.splice(MAX_MEMBERS).length : 0;
    return [
      { sign: SIGNS[action], column: 8, text: `${attribute.padEnd(13)} = ${open}` },
      ...entries,
      ...(omitted === 0 ? [] : [{ column: 12, text: this.#paint.dim(`# and ${omitted} more, which --html shows`) }]),
      { column: 8, text: close },
    ];
  }

  #transition(before: AttributeValue | undefined, after: AttributeValue | undefined): string {
    if (before === undefined || before === null) return this.#value(after ?? null);
    return `${this.#value(before)} ${this.#paint.yellow("->")} ${after === undefined ? "null" : this.#value(after)}`;
  }

  #value(value: AttributeValue): string {
    const picture = typeof value === "string" ? this.#pictures.get(value) : undefined;
    if (picture === undefined) return typeof value === "string" ? quoted(value) : escapeText(JSON.stringify(value));
    return `${quoted(picture)} ${this.#paint.dim(`(${String(value).slice(0, 15)}…)`)}`;
  }

  #entry(value: AttributeValue): string {
    if (isMember(value)) return `${quoted(memberName(value))} ${this.#paint.dim(`(${memberDetails(value)})`)}`;
    return isHandle(value) ? `${escapeText(value.source)} ${quoted(value.handle)}` : this.#value(value);
  }

  #kept({ kept }: Change): ChangeLine[] {
    const words = describeKept(kept);
    return words === "" ? [] : [this.#comment(words)];
  }
}

/** Returns the previous value as written in a file. */
export function shownBefore(difference: Difference): AttributeValue | undefined {
  const { before } = difference;
  if (difference.attribute !== "custom_fields" || difference.type === undefined) return before;
  return writtenField(difference.type, difference.before);
}

export function lineOf({ file, line }: SourceLocation): string {
  return `${escapeText(file)}:${line}`;
}

/**
 * Returns the number of values that the files do not mention, such as `unmanaged and kept: 2 lists`; empty if there are
 * none.
 */
export function describeKept(kept: Change["kept"]): string {
  const parts = [
    [kept.handles, "handle"],
    [kept.links, "link"],
    [kept.lists, "list"],
    [kept.domains ?? 0, "domain"],
    [kept.customFields, "custom field"],
  ] as const;
  const words = parts.filter(([count]) => count > 0).map(([count, noun]) => plural(count, noun));
  return words.length === 0 ? "" : `unmanaged and kept: ${words.join(", ")}`;
}

export const ORIGINS: Readonly<Record<NonNullable<Difference["origin"]>, string>> = {
  front: "changed in Front",
  files: "changed in the files",
  both: "changed in Front and in the files",
};

const SHOWN: readonly (keyof Attributes)[] = [
  "name",
  "description",
  "handles",
  "links",
  "lists",
  "custom_fields",
  "avatar",
  "account",
  "domains",
  "external_id",
  "members",
];
const COLLECTIONS: ReadonlySet<string> = new Set(["handles", "links", "lists", "custom_fields", "domains", "members"]);
/** Maximum number of members of a list to show; the page of the plan has all of them. */
const MAX_MEMBERS = 200;

/** Returns the attributes that differ, in the order of the configuration format. */
function changedAttributes(differences: readonly Difference[]): string[] {
  const attributes = [...new Set(differences.map(({ attribute }) => attribute))];
  return attributes.sort((a, b) => SHOWN.indexOf(a as keyof Attributes) - SHOWN.indexOf(b as keyof Attributes));
}

/** Returns the name of a contact that is updated or deleted, unless the name changes. */
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

/** Returns the name of a contact on a list, or its first handle. */
export function memberName({ id, name, handles }: Member): string {
  return name !== null && name.trim() !== "" ? name : (handles[0]?.handle ?? id);
}

/** Returns the handles and the id of a contact on a list, escaped. */
function memberDetails({ id, handles }: Member): string {
  return [...handles.map(({ source, handle }) => `${escapeText(source)} ${quoted(handle)}`), id].join(", ");
}

export function isHandle(value: AttributeValue): value is { source: string; handle: string } {
  return typeof value === "object" && value !== null && "source" in value && "handle" in value;
}
