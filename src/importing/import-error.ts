/** What cannot be imported as it was asked for. */
export class ImportError extends Error {
  override readonly name = "ImportError";
  readonly advice: string;

  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}
