/** Sends COUNT requests, as the baseline for the CPU time of an apply. Usage: node requests-alone.js COUNT */
const { FRONT_API_URL: url, FRONT_API_TOKEN: token } = process.env;
const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
for (let index = 0; index < Number(process.argv[2]); index += 1) {
  const handle = { source: "custom", handle: `alone-${index}` };
  const body = JSON.stringify({ name: "Alone", handles: [handle] });
  const response = await fetch(`${url}/contacts`, { method: "POST", headers, body });
  await response.text();
}
