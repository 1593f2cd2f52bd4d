// Preloaded into every measured process. When the process exits, it writes its resource usage to file descriptor 3.
const { writeSync } = require("node:fs");

process.on("exit", () => writeSync(3, JSON.stringify(process.resourceUsage())));
