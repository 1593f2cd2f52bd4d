/** The exports of the `yaml` package that are in use. Only this file imports it. */
export {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Pair,
  type ParsedNode,
  Parser,
  parseAllDocuments,
  parseDocument,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";

/**
 * The options of every call of the package. `uniqueKeys` is off because the check of the package is quadratic, and `merge`
 * because the package loses the ranges of merged values: `parse.ts` does both.
 */
export const YAML_OPTIONS = {
  version: "1.2",
  schema: "core",
  strict: true,
  uniqueKeys: false,
  stringKeys: true,
  merge: false,
  resolveKnownTags: false,
  logLevel: "error",
  prettyErrors: false,
} as const;
