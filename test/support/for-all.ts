import fc from "fast-check";

type Arbitraries<Values extends unknown[]> = { readonly [Index in keyof Values]: fc.Arbitrary<Values[Index]> };

/** Expects that `check` succeeds for generated values. A failure shows the seed that reproduces it. */
export function forAll<Values extends [unknown, ...unknown[]]>(
  arbitraries: Arbitraries<Values>,
  options: fc.Parameters<Values>,
  check: (...values: Values) => void,
): void {
  fc.assert(fc.property(...arbitraries, check), options);
}

/** Does the same as `forAll`, for a `check` that returns a promise. */
export async function forAllAsync<Values extends [unknown, ...unknown[]]>(
  arbitraries: Arbitraries<Values>,
  options: fc.Parameters<Values>,
  check: (...values: Values) => Promise<void>,
): Promise<void> {
  await fc.assert(fc.asyncProperty(...arbitraries, check), options);
}
