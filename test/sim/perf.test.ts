import { test } from "@jest/globals";
import { liveThrough } from "./history.ts";

test("perf", async () => {
  const from = Number(process.env["FROM"] ?? 1);
  const to = from + Number(process.env["SEEDS"] ?? 200);
  const t = performance.now();
  const cpu = process.cpuUsage().user;
  let requests = 0;
  let bad = 0;
  const kinds: Record<string, number> = {};
  for (let seed = from; seed < to; seed++) {
    const { simulation, broken } = await liveThrough(seed);
    requests += simulation.network.log.length;
    if (broken.length > 0) {
      bad++;
      const k = broken[0]?.split(":")[0] ?? "";
      kinds[k] = (kinds[k] ?? 0) + 1;
      if (bad <= Number(process.env["SHOW"] ?? 8)) console.log(seed, broken.slice(0, 3));
      if (process.env["LOG"])
        for (const e of simulation.network.log)
          console.log(
            e.process.name,
            e.number,
            e.sentAt,
            e.answeredAt,
            e.method,
            e.path,
            e.query,
            e.body,
            e.status,
            e.fault,
            e.effects.length,
          );
      if (process.env["LOG"]) {
        for (const e of simulation.edits) console.log("EDIT", e.at, e.act);
        for (const r of simulation.runs)
          console.log(
            r.process.name,
            r.process.verb,
            r.startedAt,
            r.endedAt,
            JSON.stringify(
              r.outcome?.report?.results.map((x) => [x.operation.id, x.ending, "message" in x ? x.message : ""]),
            ),
            r.outcome?.error?.message,
            JSON.stringify(simulation.scenario.options),
            JSON.stringify(simulation.scenario.entries),
          );
      }
    }
  }
  console.log(
    "wall",
    performance.now() - t,
    "cpu",
    (process.cpuUsage().user - cpu) / 1000,
    "requests",
    requests,
    "bad",
    bad,
    kinds,
  );
});
