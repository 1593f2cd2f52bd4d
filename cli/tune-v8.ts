import { versions } from "node:process";
import { getHeapStatistics, setFlagsFromString } from "node:v8";

/**
 * Sets V8 options for the whole process. Call this after the code of a command is loaded: once an option has changed,
 * V8 ignores the code cache of Node.js, and compiles every built-in module that is loaded later.
 */
export function tuneV8({ sendsRequests }: { readonly sendsRequests: boolean }): void {
  if (sendsRequests) {
    // Loads Node's fetch while the code cache still works, because its modules take the longest to compile.
    void globalThis.Request;
    // The HTTP parser of fetch is a single large WebAssembly function. Optimizing it uses 30 MB of memory and takes as
    // long as parsing a thousand responses.
    setFlagsFromString("--no-wasm-dynamic-tiering");
    setFlagsFromString("--no-wasm-tier-up");
  }
  setHeapGrowth(LARGE_HEAP_GROWTH);
  // The V8 of Node.js 20 may optimize a function after 200 kB of executed bytecode (three budgets of 66 KiB). In a plan
  // of 10,000 contacts, optimizing takes a fifth of the processor time, which is more than the optimized code saves.
  // Later versions of V8 print an error for this option.
  if (versions.v8.startsWith("11.")) setFlagsFromString("--interrupt-budget=1000000");
}

/** Percentage by which a large heap grows before V8 collects old objects. By default, it may double. */
const LARGE_HEAP_GROWTH = 20;

/**
 * Growth percentages by minimum heap size in MB. Collecting a small heap less often saves a sixth of the processor time
 * of a plan of 100,000 contacts.
 */
const HEAP_GROWTH = [
  { from: 300, percent: LARGE_HEAP_GROWTH },
  { from: 200, percent: 40 },
  { from: 120, percent: 60 },
  { from: 0, percent: 100 },
] as const;

/** Milliseconds between two checks. A check takes as long as reading a small file. */
const CHECK_INTERVAL = 20;

let currentGrowth = 0;
let nextCheck = 0;

/**
 * Limits the growth of the heap, depending on its current size. Call this repeatedly while memory is allocated. Without
 * calls, the limit of a large heap applies.
 */
export function limitHeapGrowth(): void {
  const now = performance.now();
  if (now < nextCheck) return;
  nextCheck = now + CHECK_INTERVAL;
  const used = getHeapStatistics().used_heap_size / 2 ** 20;
  setHeapGrowth(HEAP_GROWTH.find(({ from }) => used >= from)?.percent ?? LARGE_HEAP_GROWTH);
}

function setHeapGrowth(percent: number): void {
  if (percent === currentGrowth) return;
  currentGrowth = percent;
  setFlagsFromString(`--heap-growing-percent=${percent}`);
}
