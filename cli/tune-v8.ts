import { versions } from "node:process";
import { setFlagsFromString } from "node:v8";

/**
 * Sets V8 options for the whole process. Call it after the code of a command is loaded: once an option has changed, V8
 * ignores the code cache of Node.js, and compiles every Node.js module that is loaded later.
 */
export function tuneV8({ sendsRequests }: { readonly sendsRequests: boolean }): void {
  if (sendsRequests) {
    // Loads Node's fetch while the code cache still works, because its modules take longest to compile.
    void globalThis.Request;
    // The HTTP parser of fetch is a single large WebAssembly function. Optimizing it takes 30 MB, and as long as parsing
    // a thousand responses.
    setFlagsFromString("--no-wasm-dynamic-tiering");
    setFlagsFromString("--no-wasm-tier-up");
  }
  // By default, V8 collects old objects when the heap has doubled, so a plan of many contacts would use twice the memory
  // that it needs (docs/bench.md).
  setFlagsFromString("--heap-growing-percent=20");
  // The V8 of Node.js 20 optimizes a function after 132 kB of executed bytecode. In a plan of 10,000 contacts, optimizing
  // takes a fifth of the processor time, which is more than the optimized code saves. Later versions of V8 print an error
  // for this option.
  if (versions.v8.startsWith("11.")) setFlagsFromString("--interrupt-budget=1000000");
}
