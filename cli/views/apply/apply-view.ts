import packageJson from "../../../package.json" with { type: "json" };
import { type ApplyReport, countChanges, type Diagnostic, type Plan, type Verification } from "../../../src/index.ts";
import type { ApplyObserver } from "../../run-apply.ts";
import type { Session } from "../../session.ts";
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

export function applyViewFor(format: "text" | "json", session: Session): ApplyView {
  return format === "json" ? eventVoice(session) : textVoice(session);
}

function textVoice(session: Session): ApplyView {
  return {
    diagnostics: (found) => session.showDiagnostics(found),
    begin: () => undefined,
    end(plan, { report, proof, detached, refused }) {
      session.showDiagnostics(proof.diagnostics);
      const { green, bold } = session.colors("stdout");
      if (isComplete(report, proof)) {
        const bill = requestsLine(plan, report, proof);
        session.out(`\n${green(bold(completeLine(countChanges(plan.changes))))}\n${bill}\n`);
      } else {
        session.err(renderFailedOperations(report, session.colors("stderr")));
      }
      if (detached) session.out("Applied without the configuration (--detached).\n");
      if (refused > 0) session.err(`\n${refusedLine(refused)}\n`);
    },
  };
}

function eventVoice(session: Session): ApplyView {
  const { clock } = session;
  const stream = new EventStream({ out: (text) => session.out(text), clock });
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
