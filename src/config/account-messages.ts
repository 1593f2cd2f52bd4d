import { quotedKey } from "../model/address.ts";
import { LIMITS } from "../model/limits.ts";
import { groupDigits } from "../model/plural.ts";
import { type Messages, withQuestion } from "./message-parts.ts";

/** Messages for problems with accounts that the schema cannot detect. */
export const ACCOUNT_MESSAGES = {
  "account-twice": ({ key }: { key: string }) => ({
    summary: `Account "${key}" is declared twice`,
    advice: "Rename one, or combine the two. Keys must be unique across all files.",
  }),
  "account-not-identified": ({ key }: { key: string }) => ({
    summary: `"${key}" has no domains, external_id or id, so it cannot be found in Front`,
    advice: "Add one of them. Account names are not unique in Front.",
  }),
  "account-identifier-twice": ({ value, key, owner }: { value: string; key: string; owner: string }) =>
    owner === key
      ? { summary: `"${value}" is listed twice in ${key}`, advice: "Remove one of the two. Letter case is ignored." }
      : {
          summary: `"${value}" already identifies the account ${owner}`,
          advice: `Remove it from ${owner} or ${key}. It can identify only one account.`,
        },
  "account-identifier-too-long": ({ value }: { value: string }) => ({
    summary: `"${value.slice(0, 40)}…" is longer than ${groupDigits(LIMITS.identifierBytes)} bytes`,
    advice: "Remove it: Front cannot look up an account by an identifier of this length.",
  }),
  "account-not-declared": ({ account, suggestion }: { account: string; suggestion: string | undefined }) => ({
    summary: withQuestion(`Account "${account}" is not declared`, suggestion),
    advice:
      "Use a key under accounts, or identify an account in Front by { domain: … }, { external_id: … } or { id: … }.",
  }),
  "account-absent": ({ key, account }: { key: string; account: string }) => ({
    summary: `${quotedKey(key)} belongs to the account ${account}, which has ensure: absent`,
    advice: `Use another account in ${key}, or remove ensure from ${account}.`,
  }),
} satisfies Messages;
