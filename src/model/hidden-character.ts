/** Matches a character that is invisible, or that some programs show as a line break. Control characters do not match. */
export const HIDDEN_CHARACTER = /[\p{Cf}\p{Zl}\p{Zp}]/u;
