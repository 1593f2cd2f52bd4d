/** A local Front over real HTTP: the rules of its contacts API, without its company, its limits or its cost. */
export type { Scope } from "./access.ts";
export type { Behaviour } from "./behaviour.ts";
export type { Answered, Emulator, EmulatorOptions, SeenRequest } from "./emulator.ts";
export type { Fault } from "./faults.ts";
export type { LimitOptions, Tier } from "./limits.ts";
export { startEmulator } from "./start.ts";
