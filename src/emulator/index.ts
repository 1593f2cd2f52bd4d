/** A local HTTP server that implements the rules of Front's contacts API. */
export { SCOPES, type Scope } from "./api-tokens.ts";
export { BEHAVIOR_OPTIONS, BEHAVIORS, type Behavior, type OnBehavior } from "./behavior.ts";
export {
  type Emulator,
  type EmulatorOauth,
  type EmulatorOptions,
  type LoggedRequest,
  startEmulator,
} from "./emulator.ts";
export { type Fault, type FaultEffect, FaultSpecError, parseFault } from "./faults.ts";
export type { FrontRequest, FrontResponse } from "./http-messages.ts";
export { type CompanyOptions, createLocalFront, type LocalFront, type TeammateResponse } from "./local-front.ts";
export type { LimitOptions, Tier } from "./rate-limits.ts";
export { locateSeedError } from "./seed-file.ts";
export type {
  Seed,
  SeedAccount,
  SeedContact,
  SeedField,
  SeedList,
  SeedOauth,
  SeedTeammate,
  SeedToken,
} from "./seed-format.ts";
export { SeedError } from "./seed-values.ts";
export { readSeedFile } from "./state-file.ts";
