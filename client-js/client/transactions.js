import { ChangecastError } from './errors.js';

const REMEMBERED = 1000;
const TIMEOUT_MS = 30_000;

/** Those who wait for transactions to arrive. */
export class Transactions {
  #clock;
  #subscriptions;
  #ticks = 0;
  /** @type {Map<string, string>} the offsets of the last ones, by name: the answer to a write may come after it */
  #arrived = new Map();
  #waiting = new Set();

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
      const settle = (done) => (value) => {
        this.#clock.clearTimeout(timer);
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

  /** A transaction can also arrive in the rows of snapshots: when all were asked for after it was committed. */
  ready() {
    const subscriptions = [...this.#subscriptions()];
    for (const entry of this.#waiting) {
      if (subscriptions.every(({ ready, snapshotAt }) => ready && snapshotAt > entry.at)) {
        entry.resolve({});
      }
    }
  }

  close(error) {
    this.#waiting.forEach(({ reject }) => reject(error));
  }
}
