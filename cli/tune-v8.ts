import { versions } from "node:process";
import { setFlagsFromString } from "node:v8";

/**
 * Sets options of V8 for the whole process. Called when the code of a command is loaded: once an option has changed, V8
 * rejects the compiled code that Node.js contains of its own modules, and compiles each that is loaded later.
 */
export function tuneV8({ sendsRequests }: { readonly sendsRequests: boolean }): void {
  if (sendsRequests) {
    // Loads Node's fetch, whose modules take longer to compile than all others.
    void globalThis.Request;
    // The HTTP parser of fetch is a single large function in WebAssembly. V8 would optimize it with the first responses,
    // which takes as long as a thousand responses, and 30 MB.
    setFlagsFromString("--no-wasm-dynamic-tiering");
    setFlagsFromString("--no-wasm-tier-up");
  }
  // By default, V8 collects old objects when the heap has doubled. Contacts are kept until the end, so that a plan of
  // many would take twice the memory that it needs (docs/bench.md).
  setFlagsFromString("--heap-growing-percent=20");
  // V8 of Node.js 20 optimizes a function after 132 kB of executed bytecode. Optimizing all functions that a plan of 10,000
  // contacts runs so long takes a fifth of its processor time, more than the optimized code saves. Later versions compile
  // in more steps, and print an error for this option.
  if (versions.v8.startsWith("11.")) setFlagsFromString("--interrupt-budget=1000000");
}
