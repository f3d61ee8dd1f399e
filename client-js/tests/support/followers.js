// Clients that follow a database and watch what they are promised, told what to do by lines of JSON on the standard input:
//   {"do":"client","name":"a","url":"http://127.0.0.1:8080","by":"websocket"|"polling"|"both","seed":1,"drops":[1,100]}
//   {"do":"live","client":"a","live":7,"collection":"item","filter":{},"options":{}}
//   {"do":"sum","client":"a","sum":2000}       the balances of account and vault together, at each commit
//   {"do":"ready"}                             waits until everybody has rows
//   {"do":"back"}                              waits until everybody has a WebSocket, which nobody drops any more
//   {"do":"settle","tx":"918","mark":12}       waits until everybody has this transaction, a row of the collection mark
// and answering by such lines: {"broken":"..."} at any time, {"done":"ready"}, {"live":7,"rows":[...]} and {"settled":{...}} after settle.
import { createInterface } from 'node:readline';
import { connect } from '../../index.js';
import { systemClock } from '../../client/clock.js';
import { Random } from './random.js';
import { NodeSocket } from './socket.js';

// A client that is given none polls from the beginning.
delete globalThis.WebSocket;

const KEYS = { journal: ['writer', 'seq'], part: ['grp', 'id'] };
const SETTLE_MS = 40_000;

const followers = new Map();
const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** One client; it drops its own connections, and loses answers, as it was told. */
class Follower {
  lives = [];
  counts = { connected: 0, polling: 0, drops: 0, ready: 0, updates: 0 };
  #random;
  #broken = false;
  #at;

  constructor({ name, url, by, seed, drops }) {
    this.name = name;
    this.#random = new Random(seed);
    this.drops = drops;
    this.client = connect({
      url,
      WebSocket: by === 'polling' ? undefined : this.#socket(),
      fetch: (...request) => this.#fetch(...request),
      poll: by === 'websocket' ? false : undefined,
      // Waits of a tenth, so that there is more of what is looked at.
      clock: { ...systemClock, random: () => this.#random.next() / 10 },
    });
    this.client.on('state', ({ state, error }) => {
      if (state in this.counts) {
        this.counts[state]++;
      } else if (state === 'disconnected') {
        this.broken(`disconnected: ${error}`);
      }
    });
    this.client.on('error', (error) => this.broken(`error: ${error}`));
  }

  broken(what) {
    if (!this.#broken) {
      this.#broken = true;
      tell({ broken: `${this.name}: ${what}` });
    }
  }

  /** How much comes before the next loss. */
  #messages() {
    const [least, most] = this.drops ?? [];
    return this.drops ? least + this.#random.below(most - least) : Infinity;
  }

  #socket() {
    const follower = this;
    return class extends NodeSocket {
      constructor(...address) {
        super(...address);
        let left = follower.#messages();
        let listener = null;
        const receive = (event) => {
          listener?.(event);
          if (follower.drops && --left <= 0) {
            follower.counts.drops++;
            const { onclose } = this;
            this.close();
            onclose?.({ code: 1006, reason: 'dropped' });
          }
        };
        Object.defineProperty(this, 'onmessage', { get: () => listener && receive, set: (given) => (listener = given) });
      }
    };
  }

  /** Some requests never arrive, and some answers. */
  async #fetch(...request) {
    const lost = this.drops && this.#random.chance(8 / this.drops[1]);
    if (lost && this.#random.chance(0.5)) {
      this.counts.drops++;
      throw new TypeError('the request was lost');
    }
    const response = await fetch(...request);
    if (lost) {
      this.counts.drops++;
      await response.text();
      throw new TypeError('the answer was lost');
    }
    return response;
  }

  follow(command) {
    this.lives.push(new Followed(this, command));
  }

  /** What the client says it has everything up to may never fall behind. */
  checkOffset() {
    const { pg } = this.client.offsets;
    if (pg !== undefined && pg !== this.#at) {
      if (this.#at !== undefined && compareOffsets(pg, this.#at) < 0) {
        this.broken(`the offset fell from ${this.#at} to ${pg}`);
      }
      this.#at = pg;
    }
  }

  of(collection) {
    return this.lives.find((each) => each.collection === collection).live;
  }

  watchSum(sum) {
    const lives = [this.of('account'), this.of('vault')];
    const check = () => {
      if (lives.every(({ state }) => state === 'ready')) {
        const present = lives.flatMap(({ rows }) => rows).reduce((total, { balance }) => total + balance, 0);
        if (present !== sum) {
          this.broken(`the sum is ${present}: half a transaction was shown`);
        }
      }
    };
    lives.forEach((live) => ['update', 'ready'].forEach((event) => live.on(event, check)));
  }

  toString() {
    const lives = this.lives.map(({ number, collection, live }) => `${number} ${collection} ${live.state} ${live.rows.length}`);
    return `${this.client.state} at ${this.client.offsets.pg}: ${lives.join(', ')}; ${JSON.stringify(this.counts)}`;
  }

  ready() {
    return within(Promise.all(this.lives.map((each) => each.ready())), 'not all are ready');
  }

  back() {
    this.drops = undefined;
    const connected = new Promise((resolve) => {
      const look = () => this.client.state === 'connected' && resolve();
      this.client.on('state', look);
      look();
    });
    return within(connected, 'it has no WebSocket');
  }

  async settle(tx, mark) {
    this.drops = undefined;
    await this.client.transaction(tx, { timeout: SETTLE_MS });
    if (!this.of('mark').get(mark)) {
      this.broken(`transaction ${tx} was said to have arrived, and its row ${mark} is not there`);
    }
    await this.ready();
    this.lives.forEach((each) => each.check());
    this.lives.forEach(({ number, live }) => tell({ live: number, rows: live.rows }));
  }
}

function within(promise, what) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error(what)), SETTLE_MS).unref());
  return Promise.race([promise, late]);
}

/** A live collection, and what has to be true of what it tells. */
class Followed {
  #follower;
  #key;
  #conflates;
  /** What the changes one by one amount to. */
  #replica = new Map();
  /** What the updates amount to. */
  #shown = new Map();
  #last;

  constructor(follower, { live: number, collection, filter, options }) {
    this.#follower = follower;
    this.number = number;
    this.collection = collection;
    this.#key = KEYS[collection] ?? ['id'];
    this.#conflates = !!options.conflate;
    const { client } = follower;
    this.live = client.live(collection, filter, options);
    this.live.on('update', (update) => this.#update(update));
    this.live.on('ready', () => follower.counts.ready++);
    this.live.on('reset', ({ reason }) => this.#broken(`reset: ${reason}`));
    this.live.on('error', (error) => this.#broken(`error: ${error}`));
    // The same subscription, looked at in another way.
    client.subscribe(collection, { filter, ...options }, {
      snapshot: (rows) => {
        this.#replica = new Map(rows.map((row) => [this.#id(row), row]));
      },
      changes: (changes) => changes.forEach((change) => this.#change(change)),
      error: (error) => this.#broken(`error: ${error}`),
    });
  }

  #broken(what) {
    this.#follower.broken(`live ${this.number} of ${this.collection}: ${what}`);
  }

  #id(row) {
    return this.#key.map((column) => row[column]).join('/');
  }

  #change({ action, key, data, offset, unchanged = [] }) {
    if (!this.#conflates) {
      if (this.#last !== undefined && compareOffsets(offset, this.#last) <= 0) {
        this.#broken(`${offset} came after ${this.#last}`);
      }
      this.#last = offset;
    }
    if (action === 'truncate') {
      this.#replica.clear();
      return;
    }
    const id = this.#id(key);
    const present = this.#replica.get(id);
    if (!this.#conflates && (action === 'insert') === !!present) {
      this.#broken(`${action} of ${id} at ${offset} does not fit what is there: ${JSON.stringify(present)}`);
    }
    if (data?.kind === 'never') {
      this.#broken('what was rolled back appears');
    }
    if (this.collection === 'journal' && data.seq > 1 && !this.#replica.has(`${data.writer}/${data.seq - 1}`)) {
      this.#broken(`writer ${data.writer} has a gap before ${data.seq}`);
    }
    if (action === 'delete') {
      this.#replica.delete(id);
    } else {
      const row = action === 'update' ? { ...present, ...data } : data;
      if (unchanged.some((column) => !(column in row))) {
        this.#broken(`nobody ever told ${unchanged} of ${id}`);
      }
      this.#replica.set(id, row);
    }
  }

  #update({ added, changed, removed, source }) {
    this.#follower.counts.updates++;
    if (!source) {
      this.#shown.clear(); // The rows of a snapshot.
    }
    removed.forEach((row) => this.#shown.delete(this.#id(row)) || this.#broken(`removed what was not there: ${this.#id(row)}`));
    added.forEach((row) => {
      if (this.#shown.has(this.#id(row))) {
        this.#broken(`added what was there: ${this.#id(row)}`);
      }
      this.#shown.set(this.#id(row), row);
    });
    changed.forEach(({ row, old }) => {
      if (this.#shown.get(this.#id(row)) !== old) {
        this.#broken(`changed what was not there: ${this.#id(row)}`);
      }
      this.#shown.set(this.#id(row), row);
    });
    this.#follower.checkOffset();
  }

  ready() {
    return new Promise((resolve) => {
      const stop = this.live.on('ready', () => {
        stop();
        resolve();
      });
      if (this.live.state === 'ready') {
        stop();
        resolve();
      }
    });
  }

  /** All that was told amounts to what is there, in its order. */
  check() {
    const { rows } = this.live;
    for (const [what, model] of [['changes', this.#replica], ['updates', this.#shown]]) {
      const same = model.size === rows.length
        && rows.every((row) => JSON.stringify(sorted(model.get(this.#id(row)))) === JSON.stringify(sorted(row)));
      if (!same) {
        this.#broken(`the ${what} amount to ${model.size} rows, which are not the ${rows.length} that are shown`);
      }
    }
    for (let i = 1; i < rows.length; i++) {
      const column = this.#key.find((each) => rows[i - 1][each] !== rows[i][each]);
      if (column === undefined || rows[i - 1][column] > rows[i][column]) {
        this.#broken(`not sorted by key: ${this.#id(rows[i - 1])}, ${this.#id(rows[i])}`);
      }
    }
  }
}

function sorted(row) {
  return row && Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Clients compare offsets for equality only; who watches them has to know their order. */
function compareOffsets(left, right) {
  const [a, b] = [left, right].map((offset) => offset.match(/^(.*)\.(\d+)-(\d+)$/));
  if (a[1] !== b[1]) {
    return NaN;
  }
  return Number(BigInt(a[2]) - BigInt(b[2])) || Number(a[3]) - Number(b[3]);
}

/** Lets all do something, and waits for them. */
async function all(what) {
  const present = [...followers.values()];
  await Promise.all(present.map((each) => what(each).catch((error) => each.broken(`${error}; ${each}`))));
  return present;
}

const actions = {
  client: (command) => followers.set(command.name, new Follower(command)),
  live: (command) => followers.get(command.client).follow(command),
  sum: ({ client, sum }) => followers.get(client).watchSum(sum),
  ready: async () => {
    await all((each) => each.ready());
    tell({ done: 'ready' });
  },
  back: async () => {
    await all((each) => each.back());
    tell({ done: 'back' });
  },
  settle: async ({ tx, mark }) => {
    const settling = await all((each) => each.settle(tx, mark));
    const settled = { clients: settling.length };
    for (const { counts } of settling) {
      for (const [name, count] of Object.entries(counts)) {
        settled[name] = (settled[name] ?? 0) + count;
      }
    }
    tell({ settled });
  },
};

process.on('uncaughtException', (error) => tell({ broken: `uncaught: ${error.stack}` }));
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const command = JSON.parse(line);
    actions[command.do](command);
  })
  .on('close', () => process.exit());
