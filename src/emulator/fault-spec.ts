import { FAULT_KINDS, type Fault, type FaultEffect } from "./faults.ts";

/** A fault specification is invalid. The message is one sentence. */
export class FaultSpecError extends Error {
  override readonly name = "FaultSpecError";
}

const SPEC = /^(?:([A-Za-z]+) )?([^\s#~=]+)(?:#(\d+))?(?:~(\d*\.?\d+))?=([a-z0-9-]+)(?::(.+))?$/;

/**
 * Parses a fault such as `[METHOD ]PATH[#NTH][~PROBABILITY]=KIND[:DETAIL]`, where `*` in the path matches anything.
 * `POST /contacts#2=reset-after` closes the connection after the second creation was processed.
 */
export function parseFault(spec: string): Fault {
  const [, method, path = "", nth, probability, kind = "", detail] = SPEC.exec(spec) ?? [];
  if (path === "") {
    throw new FaultSpecError(`"${spec}" is not a fault; write one like "POST /contacts#2=reset-after".`);
  }
  return {
    ...(method === undefined ? {} : { method }),
    path,
    ...(nth === undefined ? {} : { nth: Number(nth) }),
    ...(probability === undefined ? {} : { probability: Number(probability) }),
    ...effectOf(spec, kind, detail),
  };
}

function effectOf(spec: string, kind: string, detail: string | undefined): FaultEffect {
  const [, status, after] = /^([1-5]\d\d)(-after)?$/.exec(kind) ?? [];
  if (kind === "429") return { kind, ...(detail === undefined ? {} : { retryAfter: detail }) };
  if (status !== undefined) return { kind: "status", status: Number(status), processed: after !== undefined };
  const named = FAULT_KINDS.find((known) => known === kind && known !== "status");
  if (named === undefined) {
    const kinds = FAULT_KINDS.filter((known) => known !== "status").join(", ");
    throw new FaultSpecError(
      `"${spec}" has the unknown kind "${kind}"; use a status such as 503 or 503-after, or one of: ${kinds}.`,
    );
  }
  return detailed(spec, named, detail);
}

function detailed(spec: string, kind: FaultEffect["kind"], detail: string | undefined): FaultEffect {
  switch (kind) {
    case "delay":
    case "apply-delay":
      return { kind, ms: numberIn(spec, detail ?? "1000") };
    case "slow-body":
      return { kind, ...(detail === undefined ? {} : { ms: numberIn(spec, detail) }) };
    case "html":
    case "redirect":
      return { kind, ...(detail === undefined ? {} : { status: numberIn(spec, detail) }) };
    case "truncate":
      if (detail === undefined || detail === "length" || detail === "chunked" || detail === "close") {
        return { kind, framing: detail ?? "length" };
      }
      throw new FaultSpecError(`"${spec}" has the unknown truncation "${detail}"; use length, chunked or close.`);
    default:
      return { kind } as FaultEffect;
  }
}

function numberIn(spec: string, detail: string): number {
  if (/^\d+$/.test(detail)) return Number(detail);
  throw new FaultSpecError(`"${spec}" needs a whole number instead of "${detail}".`);
}
