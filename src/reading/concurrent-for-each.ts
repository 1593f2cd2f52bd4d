/** Maximum number of concurrent calls. The HTTP client limits the request rate. */
const MAX_CONCURRENT = 8;

/**
 * Calls `action` with each value, concurrently. Starts no more calls after one fails or `shouldContinue` returns false.
 */
export async function forEachConcurrently<T>(
  values: readonly T[],
  action: (value: T) => Promise<void>,
  shouldContinue: () => boolean = () => true,
): Promise<void> {
  const remaining = values.values();
  let hasFailed = false;
  const worker = async () => {
    for (const value of remaining) {
      if (hasFailed || !shouldContinue()) return;
      await action(value).catch((error: unknown) => {
        hasFailed = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: MAX_CONCURRENT }, worker));
}
