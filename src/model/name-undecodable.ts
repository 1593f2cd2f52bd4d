export function nameUndecodable(id: string | undefined): string {
  return id === undefined ? "a contact without an ID" : `contact ${id}`;
}
