/** Options of `front-contacts emulator`. Numbers are texts here, so that the command checks their range. */
export const EMULATOR_FLAGS = {
  seed: { type: "string", describe: "Start with the company in this file, such as one that snapshot wrote" },
  state: { type: "string", describe: "Keep everything in this file, and continue from it next time" },
  port: { type: "string", describe: "Port on 127.0.0.1 (default: any free one)" },
  token: { type: "string", describe: "API token to accept (default: a new one at every start)" },
  scopes: {
    type: "string",
    describe: "Scopes of the token, such as contacts:read,custom_fields:read (default: all)",
  },
  oauth: {
    type: "string",
    describe: "Credentials to provide instead of a token: login (an application) or ci (with a refresh token)",
  },
  "oauth-client": {
    type: "string",
    describe: "ID:SECRET of the application (default: generated, or from --state)",
  },
  rate: { type: "string", describe: "Requests per window (default: 200; 0 turns rate limits off)" },
  window: { type: "string", describe: "Length of the window in milliseconds (default: 60000)" },
  others: {
    type: "string",
    describe: "Share of each window that other integrations use, such as 30% (default: 0%)",
  },
  latency: { type: "string", describe: "Milliseconds that every response takes (default: 0)" },
  "index-lag": {
    type: "string",
    describe: "Milliseconds until a new handle is found by alias and a new contact is listed (default: 0)",
  },
  fault: {
    type: "strings",
    describe:
      "Inject a fault: [METHOD ]PATH[#NTH][~PROBABILITY]=KIND[:DETAIL]. Kinds: a status (503; 503-after: processed, then answered so), 429[:SECONDS], reset-before, reset-after, apply-delay:MS, delay:MS, slow-body[:MS], truncate[:length|chunked|close], html[:STATUS], redirect[:STATUS]. May be repeated",
  },
  behave: {
    type: "strings",
    describe:
      "Choose a behavior where Front's documentation is silent: NAME[=VALUE]; --behave list prints all. May be repeated",
  },
  log: { type: "boolean", describe: "Print one line per request on stderr" },
} as const;

export const EMULATOR_EXAMPLES = [
  ["front-contacts emulator -- front-contacts plan", "Plan against an empty company"],
  ["front-contacts emulator --seed company.json -- front-contacts apply", "Rehearse an apply on a snapshot"],
  ["front-contacts emulator --port 8080 --state front.json", "Serve until stopped, and continue next time"],
  [
    "front-contacts emulator --fault 'POST /contacts#2=reset-after' --rate 50 -- front-contacts apply --auto-approve",
    "Apply while requests fail",
  ],
] as const;
