// Calls what a module exports, with the words given, and prints what comes back: node call.js file:///module.ts name '[…]'
const [address, name, words] = process.argv.slice(2);
const module = await import(address);
process.stdout.write(JSON.stringify(await module[name](...JSON.parse(words))));
