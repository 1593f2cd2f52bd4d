import type { Diagnostic } from "./diagnostic.ts";
import type { DiagnosticCode } from "./diagnostic-codes.ts";
import { groupDigits } from "./plural.ts";

/** Maximum number of further locations in a group. */
const MAX_RELATED = 3;

/**
 * Combines diagnostics with the same severity, code, summary and advice, because thousands of contacts may use the same
 * custom field or list. The summary of the combined diagnostic contains their number. Diagnostics with a code in `except`
 * are not combined.
 */
export function combineDiagnostics(
  diagnostics: readonly Diagnostic[],
  except: readonly DiagnosticCode[] = [],
): readonly Diagnostic[] {
  const groups = new Map<unknown, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const { severity, code, summary, advice } = diagnostic;
    const id = except.includes(code) ? diagnostic : JSON.stringify([severity, code, summary, advice]);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [diagnostic]);
    else group.push(diagnostic);
  }
  return [...groups.values()].flatMap(combine);
}

function combine(uses: readonly Diagnostic[]): readonly Diagnostic[] {
  const [first, ...others] = uses;
  if (first === undefined || others.length === 0) return uses;
  const summary = `${first.summary} (${groupDigits(uses.length)} uses)`;
  return [{ ...first, summary, related: [...(first.related ?? []), ...furtherLocations(others)] }];
}

/** Returns the locations of up to three further uses, as related locations of the first use. */
export function furtherLocations(uses: readonly Pick<Diagnostic, "location">[]): NonNullable<Diagnostic["related"]> {
  const locations = uses.flatMap(({ location }) => (location === undefined ? [] : [location]));
  return locations.slice(0, MAX_RELATED).map((location) => ({ location, note: "also" }));
}
