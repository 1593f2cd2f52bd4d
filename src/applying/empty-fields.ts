import { FrontError } from "../front/api.ts";
import type { CustomFields } from "../model/contact.ts";

interface Patch {
  readonly customFields?: CustomFields;
}

/**
 * Sends a patch with `edit`. If Front rejects a patch with empty custom fields, sends the patch again without them,
 * because Front may return an empty string for any field without a value, but accept it only for fields of type string.
 */
export async function editWithEmptyFields<Current, P extends Patch>(
  edit: (patchFor: (current: Current) => P | undefined) => Promise<void>,
  patchFor: (current: Current) => P | undefined,
): Promise<void> {
  let hasEmptyFields = false;
  try {
    await edit((current) => {
      const patch = patchFor(current);
      hasEmptyFields = [...(patch?.customFields?.values() ?? [])].includes("");
      return patch;
    });
  } catch (error) {
    if (!(hasEmptyFields && error instanceof FrontError && error.code === "refused")) throw error;
    await edit((current) => withoutEmptyFields(patchFor(current)));
  }
}

function withoutEmptyFields<P extends Patch>(patch: P | undefined): P | undefined {
  if (patch?.customFields === undefined) return patch;
  return { ...patch, customFields: new Map([...patch.customFields].filter(([, value]) => value !== "")) };
}
