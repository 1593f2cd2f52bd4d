import { LIMITS } from "../model/limits.ts";
import { plural } from "../model/plural.ts";
import type { Remedy } from "../model/remedy.ts";
import { didYouMeanName, MB, type Messages } from "./message-parts.ts";

export const UPDATE_SCHEMA: Remedy = { kind: "update-schema" };

/** Messages for problems with the company schema file, and for lists that it does not contain. */
export const COMPANY_SCHEMA_MESSAGES = {
  "company-schema-broken": ({ path, isTooLarge }: { path: string; isTooLarge: boolean }) => ({
    summary: `"${path}" is ${isTooLarge ? `larger than ${LIMITS.companySchemaBytes / MB} MB` : "not a valid company schema"}`,
    advice: "Delete or update it. Without it, only plan and apply compare custom fields with Front.",
    remedy: UPDATE_SCHEMA,
  }),
  "company-schema-differs": ({ path, id, declared }: { path: string; id: string; declared: string }) => ({
    summary: `"${path}" is for company "${id}", but settings.company is "${declared}"`,
    advice: `Update it with a token for ${declared}.`,
    remedy: UPDATE_SCHEMA,
  }),
  "company-schema-stale": ({ path, first, otherCount }: { path: string; first: string; otherCount: number }) => ({
    severity: "warning",
    summary: `"${path}" is out of date: ${first}${otherCount === 0 ? "" : `, and ${plural(otherCount, "more difference")}`}`,
    advice: "Update it. This plan uses the custom fields in Front.",
    remedy: UPDATE_SCHEMA,
  }),
  "list-not-in-schema": ({
    name,
    path,
    suggestion,
  }: {
    name: string;
    path: string;
    suggestion: string | undefined;
  }) => ({
    severity: "warning",
    summary: `List "${name}" is not declared and not in ${path}`,
    advice: `${didYouMeanName(name, suggestion, "Correct the name, or declare the list under the top-level key lists.")} If the list is new in Front, update the company schema.`,
    remedy: UPDATE_SCHEMA,
  }),
} satisfies Messages;
