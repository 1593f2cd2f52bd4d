import { register } from "node:module";

// For tests, and for processes that tests start: node --import=…/run-typescript.js cli/main.ts
register("./load-typescript.js", import.meta.url);
