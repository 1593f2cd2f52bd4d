/** Returns line numbers as sorted ranges, such as `3` and `5-9`. */
export function lineRanges(lines: Iterable<number>): string[] {
  const ranges: [first: number, last: number][] = [];
  for (const line of [...new Set(lines)].toSorted((a, b) => a - b)) {
    const current = ranges.at(-1);
    if (current !== undefined && current[1] === line - 1) current[1] = line;
    else ranges.push([line, line]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
}
