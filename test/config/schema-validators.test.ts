import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { SCHEMAS, validatorFor } from "../../src/config/schema-validators.ts";
import { encodePlan } from "../../src/history/saved-plan-file.ts";
import { parseYaml } from "../../src/yaml/parse.ts";
import { createSource } from "../../src/yaml/source-text.ts";
import { buildProgram } from "../support/build-program.ts";
import { desiredContact, desiredState, planFor, remoteContact, remoteState } from "../support/builders.ts";

const CASES = "test/cases";

/** Returns the parsed documents in `test/cases`. */
function documents(): unknown[] {
  return readdirSync(CASES, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".case"))
    .map((name) => parseYaml(createSource(name, readFileSync(join(CASES, name), "utf8"))))
    .flatMap((parsed) => parsed.documents.map(({ value }) => value));
}

/** Returns a saved plan and, for each of its keys, a copy without the key. */
function plans(): object[] {
  const state = desiredState([desiredContact("ada@x.example", { name: "Ada" }), desiredContact("bob@x.example")]);
  const plan = planFor(state, remoteState([remoteContact("ada@x.example", { name: "Eve" })]));
  const savedPlan: object = JSON.parse(encodePlan(plan, state, { version: "1.2.3", now: 0 }));
  return [savedPlan, ...Object.keys(savedPlan).map((key) => ({ ...savedPlan, [key]: undefined }))];
}

const VALUES: Readonly<Record<keyof typeof SCHEMAS, readonly unknown[]>> = { contacts: documents(), plan: plans() };
const NAMES = Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[];

test.each(NAMES)(
  "the validators of the built program and of the sources return the same errors for the schema %s",
  (name) => {
    const builtValidator = createRequire(buildProgram())(`../src/config/${name}-validator.cjs`);
    const results = VALUES[name].map((value) => (builtValidator(value) ? [] : builtValidator.errors));
    const validate = validatorFor(name);
    expect(results).toEqual(VALUES[name].map((value) => (validate(value) ? [] : validate.errors)));
    expect(results.some((errors) => errors.length === 0) && results.some((errors) => errors.length > 0)).toBe(true);
  },
);
