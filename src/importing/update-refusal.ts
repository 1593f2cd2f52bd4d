/** A property cannot be edited. The message continues "its name": "comes from an anchor". */
export class UpdateRefusal extends Error {}
