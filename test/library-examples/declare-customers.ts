import { createDesiredState } from "../../src/index.ts";

/** Returns the desired state of customers from a database. */
export async function declare(customers: readonly { id: number; name: string; email: string }[]) {
  return await createDesiredState({
    contacts: Object.fromEntries(
      customers.map(({ id, name, email }) => [
        `customer-${id}`,
        { name, handles: [{ source: "email", handle: email }] },
      ]),
    ),
  });
}
