#!/usr/bin/env node
/** The former name of `front-contacts emulator`. */
process.argv.splice(2, 0, "emulator");
await import("./main.ts");
