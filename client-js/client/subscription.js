import { Rows } from './rows.js';

/**
 * @typedef {import('./rows.js').Transaction} Transaction
 * @typedef {import('./rows.js').Difference} Difference
 *
 * @typedef {object} Observer who is told of a subscription; all of it is optional
 * @property {(rows: import('./rows.js').Row[]) => void} [snapshot] all rows, as they were when it became ready
 * @property {(transaction: Transaction, difference?: Difference) => void} [apply] before anybody is notified
 * @property {(transaction: Transaction, difference?: Difference) => void} [notify] when all applied it
 * @property {() => void} [ready]
 * @property {(reason: string) => void} [reset] what it has is void
 * @property {() => void} [lost] the connection is gone; what it has may be old
 * @property {(error: import('./errors.js').ChangecastError) => void} [error] it has ended
 */

/**
 * One subscription of the session, and who shares it. While it is not ready, what comes is held back, so that its
 * observers see only states that the database had.
 */
export class Subscription {
  /** @type {Set<Observer>} */
  observers = new Set();
  /** @type {string | undefined} */
  id;
  /** @type {string | undefined} */
  channel;
  /** @type {string[]} */
  sources = [];
  /** @type {{name: string, type: string}[]} */
  columns = [];
  /** @type {string[] | null} */
  key = null;
  ready = false;
  /** Ready, but what it shares with other tabs has lost its connection. */
  stale = false;
  /** @type {Rows | undefined} kept where there is a snapshot and a key */
  rows;
  /** @type {{since: Record<string, string>, channel?: string} | undefined} how it was started; undefined: from nothing */
  started;
  /** When it was sent, counted, for those who wait for a transaction. */
  sentAt = 0;
  /** When the snapshot that it has was asked for, counted; 0: it has none, or the server chose the time. */
  snapshotAt = 0;
  failures = 0;
  /** @type {any} */
  timer;
  /** @type {import('./rows.js').Row[]} */
  #page = [];
  /** @type {import('./rows.js').Change[]} */
  #uncommitted = [];
  /** @type {Transaction[]} */
  #held = [];

  /** @param {Record<string, any>} command collection, filter, columns, snapshot, conflate, batch */
  constructor(command) {
    this.command = command;
  }

  get wantsRows() {
    return this.command.snapshot !== false;
  }

  /**
   * Adds an observer; one that comes late is given what there is.
   *
   * @param {Observer} observer
   * @param {boolean} rows whether it wants them
   */
  attach(observer, rows) {
    this.observers.add(observer);
    if (this.ready) {
      if (rows && this.rows) {
        observer.snapshot?.(this.rows.values());
      }
      observer.ready?.();
    }
  }

  /**
   * Whether who has everything up to there needs nothing but what comes.
   *
   * @param {Record<string, string>} since
   * @param {Record<string, string>} offsets where the session stands
   */
  isAt(since, offsets) {
    const here = this.ready ? offsets : (this.started?.since ?? {});
    return Object.keys(since).every((source) => since[source] === here[source]);
  }

  /** @param {any} message of type `subscribed` */
  subscribed({ channel, key, columns }) {
    this.channel = channel;
    this.columns = columns ?? [];
    if (JSON.stringify(key) !== JSON.stringify(this.key)) {
      this.key = key;
      this.rows = key && this.wantsRows ? new Rows(key) : undefined;
    }
  }

  /** @param {import('./rows.js').Row[]} rows */
  page(rows) {
    this.#page.push(...rows);
  }

  /** @param {import('./rows.js').Change} change */
  change(change) {
    this.#uncommitted.push(change);
  }

  /**
   * What a commit mark ends here. While the subscription catches up, marks of others come between its changes, so the
   * transaction's name decides, where it has one.
   *
   * @param {string} source
   * @param {string | null} tx
   * @param {string} offset
   * @returns {Transaction | undefined} undefined: nothing, or nothing yet
   */
  commit(source, tx, offset) {
    const mine = (/** @type {import('./rows.js').Change} */ change) =>
      change.source === source && (tx == null || this.command.conflate || change.tx === tx);
    let end = this.#uncommitted.length;
    while (end > 0 && !mine(this.#uncommitted[end - 1])) {
      end--;
    }
    if (!end) {
      return undefined;
    }
    const transaction = { source, tx, offset, changes: this.#uncommitted.splice(0, end) };
    if (this.ready) {
      return transaction;
    }
    this.#held.push(transaction);
    return undefined;
  }

  /**
   * @param {string[]} sources
   * @returns {Transaction[]} what was held back
   */
  becomeReady(sources) {
    const fresh = !this.started;
    this.snapshotAt = fresh && this.wantsRows ? this.sentAt : 0;
    this.stale = false;
    this.ready = true;
    this.started = undefined;
    this.sources = sources;
    this.failures = 0;
    if (fresh && this.wantsRows) {
      const rows = this.#page;
      this.#page = [];
      this.rows?.load(rows);
      this.observers.forEach((observer) => observer.snapshot?.(rows));
    }
    return this.#held.splice(0);
  }

  /** @param {Record<string, string>} offsets where the session stood */
  lost(offsets) {
    if (this.ready) {
      const since = Object.fromEntries(this.sources.map((source) => [source, offsets[source]]));
      this.started = { since, channel: this.channel };
      this.observers.forEach((observer) => observer.lost?.());
    }
    this.channel = undefined;
    this.#forget();
  }

  /** @param {string} reason */
  reset(reason) {
    this.started = undefined;
    this.#forget();
    this.rows?.load([]);
    this.observers.forEach((observer) => observer.reset?.(reason));
  }

  #forget() {
    this.ready = false;
    this.#page = [];
    this.#uncommitted = [];
    this.#held = [];
  }
}
