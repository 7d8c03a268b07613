// Talking to the server: a few requests at a time, patience with a full server, and one sentence for whatever fails.
const AT_ONCE = 4;  // leaves places for others
const TRIES = 4;
let running = 0;
const queue = [];

// `mayPass`: what is wrong may be gone in a while.
export class Refused extends Error {
  constructor(sentence, { mayPass = false } = {}) {
    super(sentence);
    this.mayPass = mayPass;
  }
}

export const model = fetch("v1/model").then(
  (reply) => reply.ok ? reply.json() : Promise.reject(new Refused("The server does not tell about its model.")),
  () => Promise.reject(new Refused("The server cannot be reached.")),
);

async function turn() {
  if (running >= AT_ONCE) await new Promise((go) => queue.push(go));
  else running += 1;
}

function done() {
  const next = queue.shift();
  if (next) next();
  else running -= 1;
}

const pause = (seconds) => new Promise((go) => setTimeout(go, 1000 * seconds));

function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

async function refusal(reply) {
  try {
    return new Refused(sentence((await reply.json()).error));
  } catch {
    return new Refused(`The server answered ${reply.status} without a reason.`);
  }
}

// Sends a photo; `begins` is called when its turn has come, `waits(seconds)` when the server is full.
export async function post(path, photo, query, told = {}) {
  const { limits } = await model;
  if (photo.size > limits.megabytes * 1e6) {
    throw new Refused(`This photo has ${(photo.size / 1e6).toFixed(1)} MB, more than the ${limits.megabytes} MB allowed.`);
  }
  return patiently(`${path}?${new URLSearchParams(query)}`, { method: "POST", body: photo }, told);
}

// Asks in turn, and again when the server is full.
export async function patiently(path, settings = {}, { begins = () => {}, waits = () => {} } = {}) {
  await turn();
  try {
    for (let attempt = 1; ; attempt += 1) {
      begins();
      let reply;
      try {
        reply = await fetch(path, settings);
      } catch {
        throw new Refused("The server cannot be reached. Is it still running?", { mayPass: true });
      }
      if (reply.ok) return reply;
      if (reply.status !== 503) throw await refusal(reply);
      if (attempt === TRIES) throw new Refused("The server is full. Wait a little, then try again.", { mayPass: true });
      const seconds = Number(reply.headers.get("Retry-After")) || 1;
      waits(seconds);
      await pause(seconds * (0.75 + Math.random() / 2));  // not all at the same moment
    }
  } finally {
    done();
  }
}
