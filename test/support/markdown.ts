/**
 * Returns the lines outside code blocks, with each code span replaced by `CODE`. As in CommonMark, a fence ends at a
 * run of backticks that is at least as long as its opening run, and a code span at a run of the same length. Throws if
 * a code span does not end.
 */
export function linesOutsideCode(markdown: string): string[] {
  return markdown.replaceAll(FENCED, "").split("\n").map(replaceCodeSpans);
}

const FENCED = /^ {0,3}(`{3,})[^`\n]*\n(?:.*\n)*? {0,3}\1`*[ \t]*$/gm;

function replaceCodeSpans(line: string): string {
  let rest = line;
  let outside = "";
  for (let opening = /`+/.exec(rest); opening !== null; opening = /`+/.exec(rest)) {
    const [ticks] = opening;
    const content = rest.slice(opening.index + ticks.length);
    const closing = [...content.matchAll(/`+/g)].find(([run]) => run.length === ticks.length);
    if (closing === undefined) throw new Error(`a code span does not end: ${line}`);
    outside += `${rest.slice(0, opening.index)}CODE`;
    rest = content.slice(closing.index + ticks.length);
  }
  return outside + rest;
}

/** Returns the cells of a table row. As on GitHub, a `|` in code also ends a cell, unless a backslash precedes it. */
export function cellsOf(row: string): string[] {
  return [...row.matchAll(/\|((?:\\.|[^|\\])*)(?=\|)/g)].map(([, cell = ""]) => cell.trim());
}
