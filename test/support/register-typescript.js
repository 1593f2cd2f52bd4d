import { register } from "node:module";

// Registers the TypeScript loader, for example with `node --import=…/register-typescript.js cli/main.ts`.
register("./load-typescript.js", import.meta.url);
