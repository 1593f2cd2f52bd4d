import {
  type Change,
  type ChangeCount,
  type Clock,
  countChanges,
  type Diagnostic,
  escapeText,
  type Plan,
  splitAddress,
} from "../../../src/internal.ts";
import { diagnosticsJson, type Sources } from "../diagnostics.ts";
import { PROVIDER, renderJsonLine } from "../json-text.ts";
import { summaryLine } from "../plan/text.ts";

/** The version of Terraform's event stream. Consumers check the major number. */
const UI_VERSION = "1.2";

const MODULE = "front_contacts.ui";

export type Level = "info" | "warn" | "error";

export interface EventStreamOptions {
  readonly out: (text: string) => void;
  readonly clock: Clock;
}

/** Returns the properties that all events have. Consumers show the message of types they do not know. */
export function eventHead(level: Level, message: string, now: number) {
  return {
    "@level": level,
    "@message": escapeText(message, { limit: 600 }),
    "@module": MODULE,
    "@timestamp": new Date(now).toISOString(),
  };
}

/** Writes events as they happen, one JSON object a line, in the schema of `terraform apply -json`. */
export class EventStream {
  readonly #out: (text: string) => void;
  readonly #clock: Clock;

  constructor({ out, clock }: EventStreamOptions) {
    this.#out = out;
    this.#clock = clock;
  }

  write(type: string, message: string, content: object, level: Level = "info"): void {
    this.#out(renderJsonLine({ ...eventHead(level, message, this.#clock.now()), type, ...content }));
  }

  version(version: string): void {
    this.write("version", `front-contacts ${version}`, { front_contacts: version, ui: UI_VERSION });
  }

  /** Writes the planned changes without values; those are in `plan --json`. */
  plan({ changes }: Plan): void {
    for (const change of changes) {
      const { address, action } = change;
      this.write("planned_change", `${address}: plan to ${action}`, {
        change: { resource: resourceJson(change), action },
      });
    }
    const count = countChanges(changes);
    this.summary("plan", count, summaryLine(count));
  }

  /** Writes the totals. `more` is written to `front_contacts`, beside Terraform's properties. */
  summary(operation: "plan" | "apply", { add, change, destroy }: ChangeCount, message: string, more?: object): void {
    const changes = { add, change, import: 0, remove: destroy, operation };
    this.write("change_summary", message, { changes, ...(more === undefined ? {} : { front_contacts: more }) });
  }

  diagnostics(diagnostics: readonly Diagnostic[], sources: Sources): void {
    for (const diagnostic of diagnosticsJson(diagnostics, sources).diagnostics) this.diagnostic(diagnostic);
  }

  diagnostic(diagnostic: { readonly severity: "error" | "warning"; readonly summary: string }): void {
    const { severity, summary } = diagnostic;
    const [word, level] = severity === "error" ? (["Error", "error"] as const) : (["Warning", "warn"] as const);
    this.write("diagnostic", `${word}: ${summary}`, { diagnostic }, level);
  }
}

/** Returns the resource in the format of plan and apply events. */
export function resourceJson({ address }: Change): object {
  const { type, name, index = null } = splitAddress(address);
  return {
    addr: address,
    module: "",
    resource: address,
    implied_provider: PROVIDER,
    resource_type: type,
    resource_name: name,
    resource_key: index,
  };
}
