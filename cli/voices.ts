import packageJson from "../package.json" with { type: "json" };
import { type ApplyReport, countChanges, type Diagnostic, type Plan, type Proof, systemClock } from "../src/index.ts";
import type { Watcher } from "./carry-out.ts";
import { tellDiagnostics } from "./files.ts";
import type { Given, Io } from "./io.ts";
import { paintFor } from "./paint.ts";
import { ApplyEvents } from "./views/apply-events.ts";
import { EventStream } from "./views/events.ts";
import { billLine, completeLine, isComplete, renderAccount } from "./views/report.ts";

/** How the carrying out of a saved plan is told: to people, or to programs. */
export interface Voice {
  diagnostics(found: readonly Diagnostic[]): void;
  /** What is left of the plan and about to be done; ends with who wants to know how it goes. */
  begin(plan: Plan): Watcher | undefined;
  end(plan: Plan, outcome: Ended): void;
}

interface Ended {
  readonly report: ApplyReport;
  readonly proof: Proof;
  /** All that was reviewed is as it was reviewed. */
  readonly complete: boolean;
}

const NO_SOURCES = new Map<string, string>();

export function voiceFor(given: Given, io: Io): Voice {
  return given["json"] === true ? eventVoice(io) : textVoice(given, io);
}

function textVoice(given: Given, io: Io): Voice {
  return {
    diagnostics: (found) => tellDiagnostics(found, { sources: NO_SOURCES }, io, given),
    begin: () => undefined,
    end(plan, { report, proof, complete }) {
      tellDiagnostics(proof.diagnostics, { sources: NO_SOURCES }, io, given);
      if (!isComplete(report, proof)) {
        io.err(renderAccount(report, paintFor(io, given, "stderr")));
      }
      if (!complete) return;
      const { green, bold } = paintFor(io, given, "stdout");
      io.out(`\n${green(bold(completeLine(countChanges(plan.changes))))}\n${billLine(plan, report, proof)}\n`);
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
