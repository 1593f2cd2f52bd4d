/** Maximum number of concurrent calls: enough to keep the client busy. */
const PARALLEL = 8;

/** Calls `act` with every value, a few concurrently. Starts no more calls once one fails or `more` returns false. */
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
