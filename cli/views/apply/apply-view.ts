import packageJson from "../../../package.json" with { type: "json" };
import {
  type ApplyReport,
  countChanges,
  type Diagnostic,
  type Plan,
  systemClock,
  type Verification,
} from "../../../src/index.ts";
import { showDiagnostics } from "../../configuration.ts";
import type { Environment, Given } from "../../process-io.ts";
import type { ApplyObserver } from "../../run-apply.ts";
import { colorsFor } from "../colors.ts";
import { completeLine, isComplete, refusedLine, renderFailedOperations, requestsLine } from "./apply-summary.ts";
import { EventStream } from "./event-stream.ts";
import { ApplyEvents } from "./event-view.ts";

/** How applying a saved plan is reported: to people, or to programs. */
export interface ApplyView {
  diagnostics(found: readonly Diagnostic[]): void;
  /** Starts reporting what is left of the plan; returns a listener to its operations. */
  begin(plan: Plan): ApplyObserver | undefined;
  end(plan: Plan, outcome: Ended): void;
}

interface Ended {
  readonly report: ApplyReport;
  readonly proof: Verification;
  /** Whether the plan was applied without the configuration. */
  readonly detached: boolean;
  /** How many resources of the plan were refused. */
  readonly refused: number;
}

const NO_SOURCES = new Map<string, string>();

export function applyViewFor(given: Given, io: Environment): ApplyView {
  return given["json"] === true ? eventVoice(io) : textVoice(given, io);
}

function textVoice(given: Given, io: Environment): ApplyView {
  return {
    diagnostics: (found) => showDiagnostics(found, { sources: NO_SOURCES }, io, given),
    begin: () => undefined,
    end(plan, { report, proof, detached, refused }) {
      showDiagnostics(proof.diagnostics, { sources: NO_SOURCES }, io, given);
      const { green, bold } = colorsFor(io, given, "stdout");
      if (isComplete(report, proof)) {
        const bill = requestsLine(plan, report, proof);
        io.out(`\n${green(bold(completeLine(countChanges(plan.changes))))}\n${bill}\n`);
      } else {
        io.err(renderFailedOperations(report, colorsFor(io, given, "stderr")));
      }
      if (detached) io.out("Applied without the configuration (--detached).\n");
      if (refused > 0) io.err(`\n${refusedLine(refused)}\n`);
    },
  };
}

function eventVoice(io: Environment): ApplyView {
  const clock = io.clock ?? systemClock;
  const stream = new EventStream({ out: io.out, clock });
  let events: ApplyEvents | undefined;
  stream.version(packageJson.version);
  return {
    diagnostics: (found) => stream.diagnostics(found, NO_SOURCES),
    begin(plan) {
      stream.plan(plan);
      events = new ApplyEvents(plan, stream, clock);
      return events;
    },
    end: (_, { report, proof }) => events?.report(report, proof, NO_SOURCES),
  };
}
