import { test } from "@jest/globals";
import { SCALE } from "../scale.ts";
import { testCrashes } from "./crashes.ts";

await testCrashes(test, ["plan --out", "apply FILE"], SCALE.crashes.saved);
