import {
  type Action,
  type Attributes,
  type Change,
  type ChangeCount,
  countChanges,
  type Difference,
  type Json,
  type Plan,
  showForeign,
} from "../../src/index.ts";
import type { Paint } from "../paint.ts";
import { compareLines, hasLines, type TextLine } from "./text.ts";

const SENTENCES: Readonly<Record<Action, string>> = {
  create: "will be created",
  update: "will be updated in-place",
  delete: "will be destroyed",
};
const LEGEND: Readonly<Record<Action, string>> = { create: "create", update: "update in-place", delete: "destroy" };

/** Exact, because other programs read it. */
export function summaryLine({ add, change, destroy }: ChangeCount): string {
  return `Plan: ${add} to add, ${change} to change, ${destroy} to destroy.`;
}

const NO_CHANGES = "No changes. Front matches your files.";
const NO_CHANGES_HERE = "No changes. Front matches what was chosen of your files.";

/** A plan for people, in Terraform's manner. */
export function renderPlan(plan: Plan, paint: Paint): string {
  const nothing = plan.targets === undefined ? NO_CHANGES : NO_CHANGES_HERE;
  if (plan.changes.length === 0) return `\n${paint.green(paint.bold(nothing))}\n`;
  const view = new PlanView(plan, paint);
  const actions = (["create", "update", "delete"] as const).filter((action) =>
    plan.changes.some((each) => each.action === action),
  );
  const legend = actions.map((action) => `  ${view.sign(action)} ${LEGEND[action]}`).join("\n");
  return [
    "",
    `Front company: ${showForeign(plan.company.name)} (${plan.company.id})`,
    "",
    "front-contacts will do what is marked by these signs:",
    legend,
    "",
    ...plan.changes.map((change) => view.change(change)),
    paint.bold(summaryLine(countChanges(plan.changes))),
    requestsLine(plan),
    "",
  ].join("\n");
}

function requestsLine({ requests, coverage }: Plan): string {
  const contacts = `${coverage.read} ${coverage.read === 1 ? "contact" : "contacts"}`;
  const all = `Front has ${contacts}, and all were read.`;
  return `Requests: ${requests.total} to apply this. ${coverage.contacts === "all" ? all : "The declared contacts were looked up."}`;
}

/** Draws the changes of one plan. */
class PlanView {
  readonly #paint: Paint;
  readonly #pictures: ReadonlyMap<string, string>;

  constructor(plan: Plan, paint: Paint) {
    this.#paint = paint;
    const uploads = plan.operations.filter((operation) => operation.kind === "upload-avatar");
    this.#pictures = new Map(uploads.map(({ picture }) => [`sha256:${picture.sha256}`, picture.path]));
  }

  sign(action: Action): string {
    if (action === "create") return this.#paint.green("+");
    return action === "update" ? this.#paint.yellow("~") : this.#paint.red("-");
  }

  change(change: Change): string {
    const { action, type, name, address, place, id } = change;
    const lines = [
      this.#paint.bold(`  # ${showForeign(address)} ${SENTENCES[action]}`),
      ...(place === undefined ? [] : [this.#paint.dim(`  # ${showForeign(place.file)}:${place.line}`)]),
      `  ${this.sign(action)} ${type} ${quoted(name)} {`,
      ...(id === undefined ? [] : [`        id            = ${quoted(id)}`]),
      ...this.#anchor(change),
      ...this.#attributes(change),
      ...this.#kept(change),
      ...change.notes.map((note) => this.#paint.dim(`        # ${showForeign(note)}`)),
      "    }",
      "",
    ];
    return lines.join("\n");
  }

  /** An update always says whom it is about, even where the name stays. */
  #anchor({ action, before, differences }: Change): string[] {
    const name = before?.name;
    if (action === "create" || typeof name !== "string" || differences.some(({ attribute }) => attribute === "name")) {
      return [];
    }
    return [`        name          = ${quoted(name)}`];
  }

  #attributes({ action, differences }: Change): string[] {
    const attributes = [...new Set(differences.map(({ attribute }) => attribute))];
    attributes.sort((a, b) => SHOWN.indexOf(a as keyof Attributes) - SHOWN.indexOf(b as keyof Attributes));
    return attributes.flatMap((attribute) => {
      const found = differences.filter((difference) => difference.attribute === attribute);
      if (COLLECTIONS.has(attribute)) return this.#collection(attribute, found, action);
      return found.flatMap((one) => this.#scalar(one));
    });
  }

  #scalar(difference: Difference): string[] {
    const { attribute, before, after } = difference;
    const origin = this.#origin(difference);
    const head = `      ${this.#signOf({ before, after })} ${attribute.padEnd(13)} =`;
    /** Only a description is meant to have lines; in a name they would be a way to forge the plan. */
    const lined = attribute === "description" && (hasLines(before) || hasLines(after));
    if (!lined) return [`${head} ${this.#transition(before, after)}${origin}`];
    const lines = compareLines(String(before ?? ""), String(after ?? ""));
    return [
      `${head} <<${origin}`,
      ...lines.map(({ sign, text }) => `          ${this.#lineSign(sign)} ${text}`),
      "        >>",
    ];
  }

  #lineSign(sign: TextLine["sign"]): string {
    if (sign === "+") return this.#paint.green(sign);
    return sign === "-" ? this.#paint.red(sign) : sign;
  }

  #collection(attribute: string, differences: readonly Difference[], action: Action): string[] {
    const named = attribute === "custom_fields";
    const entries = differences.map((difference) => {
      const { key = "", before, after } = difference;
      const label = named ? `${quoted(key)} = ${this.#transition(before, after)}` : this.#entry(after ?? before ?? key);
      return `          ${this.#signOf(difference)} ${label}${this.#origin(difference)}`;
    });
    const [open, close] = named ? ["{", "}"] : ["[", "]"];
    return [`      ${this.sign(action)} ${attribute.padEnd(13)} = ${open}`, ...entries, `        ${close}`];
  }

  #origin({ origin }: Difference): string {
    return origin === undefined ? "" : this.#paint.dim(` # ${ORIGINS[origin]}`);
  }

  #signOf({ before, after }: { readonly before?: Json | undefined; readonly after?: Json | undefined }): string {
    if (before === undefined || before === null) return this.sign("create");
    return this.sign(after === undefined ? "delete" : "update");
  }

  #transition(before: Json | undefined, after: Json | undefined): string {
    if (before === undefined || before === null) return this.#value(after ?? null);
    return `${this.#value(before)} ${this.#paint.yellow("->")} ${after === undefined ? "null" : this.#value(after)}`;
  }

  #value(value: Json): string {
    const picture = typeof value === "string" ? this.#pictures.get(value) : undefined;
    if (picture === undefined) return typeof value === "string" ? quoted(value) : showForeign(JSON.stringify(value));
    return `${quoted(picture)} ${this.#paint.dim(`(${String(value).slice(0, 15)}…)`)}`;
  }

  #entry(value: Json): string {
    return isHandle(value) ? `${showForeign(value.source)} ${quoted(value.handle)}` : this.#value(value);
  }

  #kept({ kept }: Change): string[] {
    const parts = [
      [kept.handles, "handle"],
      [kept.links, "link"],
      [kept.lists, "list"],
      [kept.customFields, "custom field"],
    ] as const;
    const words = parts
      .filter(([count]) => count > 0)
      .map(([count, noun]) => `${count} ${noun}${count === 1 ? "" : "s"}`);
    return words.length === 0 ? [] : [this.#paint.dim(`        # unmanaged and kept: ${words.join(", ")}`)];
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

function isHandle(value: Json): value is { source: string; handle: string } {
  return typeof value === "object" && value !== null && "source" in value && "handle" in value;
}

function quoted(text: string): string {
  return `"${showForeign(text)}"`;
}
