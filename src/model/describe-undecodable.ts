export function describeUndecodable(id: string | undefined): string {
  return id === undefined ? "a contact without an ID" : `contact ${id}`;
}
