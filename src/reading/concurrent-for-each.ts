/** Enough to keep the client busy. */
const PARALLEL = 8;

/** Acts on every value, a few in parallel. Starts nothing more once one has failed, or `more` returns false. */
export async function forEachConcurrently<T>(
  values: readonly T[],
  act: (value: T) => Promise<void>,
  more: () => boolean = () => true,
): Promise<void> {
  const rest = values.values();
  let failed = false;
  const work = async () => {
    for (const value of rest) {
      if (failed || !more()) return;
      await act(value).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}
