import { ChangecastError } from './errors.js';

const REMEMBERED = 1000;
const TIMEOUT_MS = 30_000;
const PROBE_MS = 1000;

/** Matches no row. */
const NOTHING = { $or: [] };

/** Those who wait for transactions to arrive. */
export class Transactions {
  #clock;
  #subscriptions;
  #ticks = 0;
  /** @type {Map<string, string>} the offsets of the last ones, by name: the answer to a write may come after it */
  #arrived = new Map();
  #waiting = new Set();
  #probing = false;

  constructor(clock, subscriptions) {
    this.#clock = clock;
    this.#subscriptions = subscriptions;
  }

  tick() {
    return ++this.#ticks;
  }

  /**
   * @param {string} tx
   * @param {number} [timeout] milliseconds
   * @returns {Promise<{offset?: string}>}
   */
  wait(tx, timeout = TIMEOUT_MS) {
    const offset = this.#arrived.get(tx);
    if (offset !== undefined) {
      return Promise.resolve({ offset });
    }
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimeout(() => {
        const message = `transaction ${tx} has not arrived within ${timeout} ms: does it concern what is subscribed?`;
        settle(reject)(new ChangecastError(message, { reason: 'timeout', retry: true }));
      }, timeout);
      let probe;
      const probeAfter = (ms) => {
        probe = this.#clock.setTimeout(() => {
          this.#probe();
          probeAfter(2 * ms);
        }, ms);
      };
      probeAfter(PROBE_MS);
      const settle = (done) => (value) => {
        this.#clock.clearTimeout(timer);
        this.#clock.clearTimeout(probe);
        this.#waiting.delete(entry);
        done(value);
      };
      const entry = { tx, at: this.tick(), resolve: settle(resolve), reject: settle(reject) };
      this.#waiting.add(entry);
    });
  }

  committed(tx, offset) {
    if (tx == null) {
      return;
    }
    this.#arrived.delete(tx);
    this.#arrived.set(tx, offset);
    if (this.#arrived.size > REMEMBERED) {
      this.#arrived.delete(this.#arrived.keys().next().value ?? '');
    }
    for (const entry of this.#waiting) {
      if (entry.tx === tx) {
        entry.resolve({ offset });
      }
    }
  }

  /**
   * A transaction can also arrive in the rows of a snapshot, or concern nothing that is subscribed. A subscription is
   * ready when everything is there that was committed before it was asked for: so it has arrived when there is one of
   * each source that was asked for after it, and all are ready.
   */
  ready() {
    const subscriptions = [...this.#subscriptions()];
    if (subscriptions.every(({ ready }) => ready)) {
      const fences = {};
      for (const { sources, snapshotAt } of subscriptions) {
        sources.forEach((source) => (fences[source] = Math.max(fences[source] ?? 0, snapshotAt)));
      }
      for (const entry of this.#waiting) {
        if (Object.values(fences).every((at) => at > entry.at)) {
          entry.resolve({});
        }
      }
    }
  }

  /** Subscribes to nothing, of each source, for the sake of being told when that is ready. */
  #probe() {
    const subscriptions = this.#subscriptions();
    const collections = {};
    for (const { sources, command } of subscriptions) {
      sources.forEach((source) => (collections[source] = command.collection));
    }
    if (this.#probing) {
      return;
    }
    for (const collection of new Set(Object.values(collections))) {
      this.#probing = true;
      const end = () => {
        this.#probing = false;
        this.ready();
        queueMicrotask(() => leave());
      };
      const leave = subscriptions.add({ collection, filter: NOTHING }, { ready: end, error: end });
    }
  }

  close(error) {
    this.#waiting.forEach(({ reject }) => reject(error));
  }
}
