import { createDesiredState } from "../../src/index.ts";

/** Returns the desired state of customers that all belong to one account. */
export async function declareTable(rows: readonly { id: number; name: string; email: string | null }[]) {
  const { desired, diagnostics } = await createDesiredState({
    accounts: { acme: { name: "Acme", domains: ["acme.example"] } },
    tables: { customers: { key: "id", columns: { name: "name", email: "email" }, rows } },
    defaults: { account: "acme" },
  });
  return { desired, problems: diagnostics.map(({ path, summary }) => `${path}: ${summary}`) };
}
