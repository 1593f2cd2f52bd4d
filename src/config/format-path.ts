/** The keys and indexes that lead to a value in a configuration object. */
export type Path = readonly (string | number)[];

/** Returns a path in JavaScript notation: `contacts["dale-cooper"].handles[0].source`. */
export function formatPath(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === "number" || !/^[A-Za-z_]\w*$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join("");
}
