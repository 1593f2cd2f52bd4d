import { Ajv2020, type ErrorObject, type Options, type ValidateFunction } from "ajv/dist/2020.js";
import contactsSchema from "../../schemas/contacts.schema.json" with { type: "json" };
import planSchema from "../../schemas/plan.schema.json" with { type: "json" };

export type SchemaError = ErrorObject;

type SchemaName = "contacts" | "plan";

/**
 * Compiling a schema takes longer than checking a small file, so `.ci/build.js` replaces this module with the functions
 * that Ajv generates.
 */
export const SCHEMAS: Readonly<Record<SchemaName, { readonly schema: object; readonly options: Options }>> = {
  contacts: {
    schema: contactsSchema,
    options: {
      allErrors: true,
      strict: true,
      allowUnionTypes: true,
      ownProperties: true,
      verbose: true,
      // These keywords do not affect validation.
      keywords: ["patternErrorMessage", "deprecationMessage", "doNotSuggest", "defaultSnippets"],
    },
  },
  plan: {
    schema: planSchema,
    options: { strict: true, strictRequired: false, ownProperties: true, discriminator: true },
  },
};

const compiled = new Map<SchemaName, ValidateFunction>();

/** Returns the validation function of a schema. Each call of the function replaces its `errors`. */
export function validatorFor(name: SchemaName): ValidateFunction {
  const { schema, options } = SCHEMAS[name];
  const validate = compiled.get(name) ?? new Ajv2020(options).compile(schema);
  compiled.set(name, validate);
  return validate;
}
