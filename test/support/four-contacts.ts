export const FOUR_CONTACTS = `contacts:
  dale:
    handles: [{ source: email, handle: dale@fbi.example }]
  harry:
    handles: [{ source: email, handle: harry@sheriff.example }]
  laura:
    handles: [{ source: email, handle: laura@peaks.example }]
  lucy:
    handles: [{ source: email, handle: lucy@sheriff.example }]
`;
