import { register } from "node:module";

// For tests that need a real process: node --import=…/run-typescript.js cli/main.ts
register("./load-typescript.js", import.meta.url);
