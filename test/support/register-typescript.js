import { register } from "node:module";

// Registers the TypeScript loader. Tests, and the processes that they start, use it with
// `node --import=…/register-typescript.js cli/main.ts`.
register("./load-typescript.js", import.meta.url);
