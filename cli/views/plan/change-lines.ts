import {
  type Action,
  type Attributes,
  type AttributeValue,
  type Change,
  type Difference,
  escapeText,
  type Plan,
} from "../../../src/index.ts";
import type { Colors } from "../colors.ts";
import { compareLines, hasLines } from "../text.ts";

/** What happens to a thing, as Terraform marks it. */
export type Sign = "+" | "~" | "-";

/** One line of a change. Every form of a plan puts its signs where it wants them. */
export interface ChangeLine {
  /** Absent on a line that says what stays. */
  readonly sign?: Sign;
  /** Where the text starts, counted from 0. A sign is two columns to the left. */
  readonly column: number;
  readonly text: string;
}

export const SIGNS: Readonly<Record<Action, Sign>> = { create: "+", update: "~", delete: "-" };

/** Says in lines what becomes of each resource of one plan, in Terraform's manner. */
export class ChangeLines {
  readonly #paint: Colors;
  readonly #pictures: ReadonlyMap<string, string>;

  constructor(plan: Plan, paint: Colors) {
    this.#paint = paint;
    const uploads = plan.operations.filter((operation) => operation.kind === "upload-avatar");
    this.#pictures = new Map(uploads.map(({ picture }) => [`sha256:${picture.sha256}`, picture.path]));
  }

  of(change: Change): ChangeLine[] {
    const { action, type, name, id } = change;
    return [
      { sign: SIGNS[action], column: 4, text: `${type} ${quoted(name)} {` },
      ...(id === undefined ? [] : [{ column: 8, text: `id            = ${quoted(id)}` }]),
      ...anchor(change),
      ...this.#attributes(change),
      ...this.#kept(change),
      ...change.notes.map((note) => this.#remark(escapeText(note))),
      { column: 4, text: "}" },
    ];
  }

  #remark(text: string): ChangeLine {
    return { column: 8, text: this.#paint.dim(`# ${text}`) };
  }

  #attributes({ action, differences }: Change): ChangeLine[] {
    return changedAttributes(differences).flatMap((attribute) => {
      const found = differences.filter((difference) => difference.attribute === attribute);
      if (COLLECTIONS.has(attribute)) return this.#collection(attribute, found, action);
      return found.flatMap((one) => this.#scalar(one));
    });
  }

  /** Who made a difference since the last apply, where that is known. */
  #origin({ origin }: Difference): string {
    return origin === undefined ? "" : this.#paint.dim(` # ${ORIGINS[origin]}`);
  }

  #scalar(difference: Difference): ChangeLine[] {
    const { attribute, before, after } = difference;
    const head = (text: string): ChangeLine => ({
      sign: signOf({ before, after }),
      column: 8,
      text: `${attribute.padEnd(13)} = ${text}${this.#origin(difference)}`,
    });
    /** Only a description is meant to have lines; in a name they would be a way to forge the plan. */
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
      const { key = "", before, after } = difference;
      const text = named ? `${quoted(key)} = ${this.#transition(before, after)}` : this.#entry(after ?? before ?? key);
      return { sign: signOf(difference), column: 12, text: `${text}${this.#origin(difference)}` };
    });
    const [open, close] = named ? ["{", "}"] : ["[", "]"];
    return [
      { sign: SIGNS[action], column: 8, text: `${attribute.padEnd(13)} = ${open}` },
      ...entries,
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
    return isHandle(value) ? `${escapeText(value.source)} ${quoted(value.handle)}` : this.#value(value);
  }

  #kept({ kept }: Change): ChangeLine[] {
    const parts = [
      [kept.handles, "handle"],
      [kept.links, "link"],
      [kept.lists, "list"],
      [kept.customFields, "custom field"],
    ] as const;
    const words = parts
      .filter(([count]) => count > 0)
      .map(([count, noun]) => `${count} ${noun}${count === 1 ? "" : "s"}`);
    return words.length === 0 ? [] : [this.#remark(`unmanaged and kept: ${words.join(", ")}`)];
  }
}

const ORIGINS: Readonly<Record<NonNullable<Difference["origin"]>, string>> = {
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
];
const COLLECTIONS: ReadonlySet<string> = new Set(["handles", "links", "lists", "custom_fields"]);

/** The attributes that differ, each once, in the order in which files name them. */
export function changedAttributes(differences: readonly Difference[]): string[] {
  const attributes = [...new Set(differences.map(({ attribute }) => attribute))];
  return attributes.sort((a, b) => SHOWN.indexOf(a as keyof Attributes) - SHOWN.indexOf(b as keyof Attributes));
}

/** An update always says whom it is about, even where the name stays. */
function anchor({ action, before, differences }: Change): ChangeLine[] {
  const name = before?.name;
  if (action === "create" || typeof name !== "string" || differences.some(({ attribute }) => attribute === "name")) {
    return [];
  }
  return [{ column: 8, text: `name          = ${quoted(name)}` }];
}

function signOf({
  before,
  after,
}: {
  readonly before?: AttributeValue | undefined;
  readonly after?: AttributeValue | undefined;
}): Sign {
  if (before === undefined || before === null) return SIGNS.create;
  return after === undefined ? SIGNS.delete : SIGNS.update;
}

function isHandle(value: AttributeValue): value is { source: string; handle: string } {
  return typeof value === "object" && value !== null && "source" in value && "handle" in value;
}

function quoted(text: string): string {
  return `"${escapeText(text)}"`;
}
