import type { Furniture } from "./store.ts";

/** The company one gets without a seed: everything a contact may refer to, and no contact. */
export const DEFAULT_COMPANY: Furniture = {
  company: { id: "cmp_tp1", name: "Twin Peaks Sheriff's Department" },
  teammates: [
    teammate("tea_1a", "harry", "Harry", "Truman"),
    teammate("tea_1b", "hawk", "Tommy", "Hill"),
    teammate("tea_1c", "andy", "Andy", "Brennan"),
    teammate("tea_1d", "lucy", "Lucy", "Moran"),
  ],
  inboxes: [{ id: "inb_1a", name: "Front desk" }],
  customFields: [
    { id: "fld_1a", name: "Job Title", description: "What the contact does", type: "string" },
    { id: "fld_1b", name: "Location", description: "Where to find the contact", type: "string" },
    { id: "fld_1c", name: "Badge Number", description: "", type: "number" },
    { id: "fld_1d", name: "On Duty", description: "", type: "boolean" },
    { id: "fld_1e", name: "Joined", description: "First day in service", type: "datetime" },
    {
      ...{ id: "fld_1f", name: "Clearance", description: "What the contact may be told", type: "enum" },
      values: [
        { value: "public", label: "Public" },
        { value: "restricted", label: "Restricted" },
        { value: "secret", label: "Blue Rose" },
      ],
    },
    { id: "fld_1g", name: "Supervisor", description: "", type: "teammate" },
    { id: "fld_1h", name: "Inbox", description: "Where the contact's messages go", type: "inbox" },
  ],
  accountCustomFields: [],
};

function teammate(id: string, username: string, firstName: string, lastName: string) {
  return { id, username, firstName, lastName, email: `${username}@sheriff.twinpeaks.example` };
}
