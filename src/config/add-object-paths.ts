import { type Diagnostic, positionOf, type SourceLocation } from "../model/diagnostic.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { type LocatedValue, locatedValueOf } from "../yaml/located-value.ts";
import { parseYaml } from "../yaml/parse.ts";
import { createSource } from "../yaml/source-text.ts";
import type { ConfigurationTables, LocatedPath } from "./configuration-tables.ts";
import { formatPath, type Path } from "./format-path.ts";

/**
 * Adds the path of the value to each diagnostic about a value in the configuration object. Other diagnostics have no
 * path. `texts` contains the texts that were generated from the object, by file name.
 */
export function withObjectPaths(
  diagnostics: readonly Diagnostic[],
  texts: ReadonlyMap<string, string>,
  tables: ConfigurationTables,
): readonly Diagnostic[] {
  const located = diagnostics.flatMap(({ location }) => (location === undefined ? [] : [location]));
  const positions = new Set(located.map(positionOf));
  const paths = new Map<string, Path>();
  for (const file of new Set(located.map((location) => location.file))) {
    const text = texts.get(file);
    const locatedPaths = text === undefined ? tables.locatedPathsIn(file) : locatedPathsIn(file, text);
    for (const { path, ...start } of locatedPaths) {
      const position = positionOf({ file, ...start });
      if (positions.has(position) && !paths.has(position)) paths.set(position, configurationPath(path, tables));
    }
  }
  const pathOf = (location: SourceLocation) => paths.get(positionOf(location)) ?? tables.pathOfText(location.file);
  return diagnostics.map((diagnostic) => {
    const path = diagnostic.location && pathOf(diagnostic.location);
    return omitUndefined({ ...diagnostic, path: path && (formatPath(path) || undefined) });
  });
}

/**
 * Replaces the path of a generated `file` key with the path of the `rows` or `csv` from which the file was generated.
 */
function configurationPath(path: Path, tables: ConfigurationTables): Path {
  const [top, name, property] = path;
  const file = top === "tables" && property === "file" ? tables.fileOf(String(name)) : undefined;
  return file === undefined ? path : (tables.pathOfText(file) ?? path);
}

function* locatedPathsIn(file: string, text: string): Iterable<LocatedPath> {
  for (const document of parseYaml(createSource(file, text)).documents)
    yield* locatedPathsOf(locatedValueOf(document), []);
}

function* locatedPathsOf(value: LocatedValue, path: Path): Iterable<LocatedPath> {
  for (const { line, column } of [value.keyLocation, value.location]) yield { line, column, path };
  for (const [key, child] of value.entries()) yield* locatedPathsOf(child, [...path, key]);
  for (const [index, item] of value.items().entries()) yield* locatedPathsOf(item, [...path, index]);
}
