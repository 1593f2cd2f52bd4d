import packageJson from "../package.json" with { type: "json" };
import { type ApplyReport, countChanges, type Diagnostic, type Plan, type Proof, systemClock } from "../src/index.ts";
import type { Watcher } from "./carry-out.ts";
import { tellDiagnostics } from "./files.ts";
import type { Given, Io } from "./io.ts";
import { paintFor } from "./paint.ts";
import { ApplyEvents } from "./views/apply-events.ts";
import { EventStream } from "./views/events.ts";
import { billLine, completeLine, isComplete, refusedLine, renderAccount } from "./views/report.ts";

/** How applying a saved plan is reported: to people, or to programs. */
export interface Voice {
  diagnostics(found: readonly Diagnostic[]): void;
  /** Starts reporting what is left of the plan; returns a listener to its operations. */
  begin(plan: Plan): Watcher | undefined;
  end(plan: Plan, outcome: Ended): void;
}

interface Ended {
  readonly report: ApplyReport;
  readonly proof: Proof;
  /** Whether the plan was applied without the configuration. */
  readonly detached: boolean;
  /** How many resources of the plan were refused. */
  readonly refused: number;
}

const NO_SOURCES = new Map<string, string>();

export function voiceFor(given: Given, io: Io): Voice {
  return given["json"] === true ? eventVoice(io) : textVoice(given, io);
}

function textVoice(given: Given, io: Io): Voice {
  return {
    diagnostics: (found) => tellDiagnostics(found, { sources: NO_SOURCES }, io, given),
    begin: () => undefined,
    end(plan, { report, proof, detached, refused }) {
      tellDiagnostics(proof.diagnostics, { sources: NO_SOURCES }, io, given);
      const { green, bold } = paintFor(io, given, "stdout");
      if (isComplete(report, proof)) {
        const bill = billLine(plan, report, proof);
        io.out(`\n${green(bold(completeLine(countChanges(plan.changes))))}\n${bill}\n`);
      } else {
        io.err(renderAccount(report, paintFor(io, given, "stderr")));
      }
      if (detached) io.out("Applied without the configuration (--detached).\n");
      if (refused > 0) io.err(`\n${refusedLine(refused)}\n`);
    },
  };
}

function eventVoice(io: Io): Voice {
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
