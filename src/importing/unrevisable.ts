/** Why an entry stays as it is, to be read after its name. */
export class Unrevisable extends Error {
  override readonly name = "Unrevisable";
}
