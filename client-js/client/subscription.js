import { Rows } from './rows.js';
/** @import { Observer, Transaction } from './types.js' */

/**
 * One subscription of the session, and who shares it. What comes is held back until it is whole, so that its observers see
 * only states that the database had.
 */
export class Subscription {
  observers = new Set();
  id;
  channel;
  sources = [];
  columns = [];
  key = null;
  ready = false;
  /** Ready, but what it shares with other tabs has lost its connection. */
  stale = false;
  /**
   * Kept where there was a snapshot and there is a key; from then on also over lost connections. Whoever was started at an
   * offset brings rows that are not known here: so there are none, rather than some.
   *
   * @type {Rows | undefined}
   */
  rows;
  /** @type {{since: Record<string, string>, channel?: string} | undefined} how it was started; undefined: from nothing */
  started;
  /** When it was sent, counted, for those who wait for a transaction. */
  sentAt = 0;
  /** When the snapshot that it has was asked for, counted; 0: it has none, or the server chose the time. */
  snapshotAt = 0;
  failures = 0;
  timer;
  #page = [];
  #uncommitted = [];
  #held = [];
  /** @type {Set<Observer>} who came while it was resumed, and needs the rows that the others have */
  #late = new Set();

  /** @param {Record<string, any>} command collection, filter, columns, snapshot, conflate, batch */
  constructor(command) {
    this.command = command;
  }

  get wantsRows() {
    return this.command.snapshot !== false;
  }

  /** Whether one who comes late can have rows: those that are kept, or those that will come. */
  get hasRows() {
    return this.wantsRows && (!!this.rows || !(this.ready || this.started));
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
    } else if (rows && this.started) {
      this.#late.add(observer);
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

  /** @param {Observer} observer */
  detach(observer) {
    this.#late.delete(observer);
    return this.observers.delete(observer);
  }

  /** @param {any} message of type `subscribed` */
  subscribed({ channel, key, columns }) {
    this.channel = channel;
    this.columns = columns ?? [];
    if (JSON.stringify(key) !== JSON.stringify(this.key)) {
      this.key = key;
      this.rows = undefined;
    }
  }

  page(rows) {
    this.#page.push(...rows);
  }

  change(change) {
    this.#uncommitted.push(change);
  }

  /** @param {Record<string, string>} sources whose changes that are not committed are void */
  drop(sources) {
    this.#uncommitted = this.#uncommitted.filter(({ source }) => !(source in sources));
  }

  /**
   * What a commit mark ends here. While the subscription catches up, marks of others come between its changes, so the
   * transaction's name decides, where it has one.
   *
   * @param {string} source
   * @param {string | null} tx
   * @param {string} offset
   * @returns {Transaction[]} to be told; none: nothing, or nothing yet
   */
  commit(source, tx, offset) {
    const mine = (change) =>
      change.source === source && (tx == null || this.command.conflate || change.tx === tx);
    let end = this.#uncommitted.length;
    while (end > 0 && !mine(this.#uncommitted[end - 1])) {
      end--;
    }
    if (!end) {
      return [];
    }
    const transaction = { source, tx, offset, changes: this.#uncommitted.splice(0, end) };
    if (this.ready) {
      return [transaction];
    }
    const last = this.#held.at(-1);
    if (tx != null && last?.tx === tx) {
      last.changes.push(...transaction.changes); // The mark was that of the others, who were further on.
    } else {
      this.#held.push(transaction);
    }
    return this.#caughtUp();
  }

  /**
   * While it is resumed, all but the last transaction: so that a long absence needs no room, and is not to be made up for
   * from its beginning when the connection is lost again. The last may go on, as its mark may have been that of others.
   */
  #caughtUp() {
    const { started } = this;
    if (!started || this.command.conflate || this.#held.at(-1)?.tx == null) {
      return [];
    }
    const whole = this.#held.splice(0, this.#held.length - 1);
    for (const transaction of whole) {
      // Its mark may name the place of those that are ready, which is later.
      transaction.offset = transaction.changes.at(-1).offset;
      this.started = { ...started, since: { ...this.started?.since, [transaction.source]: transaction.offset } };
    }
    if (whole.length) {
      this.#greetLate();
    }
    return whole;
  }

  #greetLate() {
    const rows = this.rows?.values();
    if (rows) {
      this.#late.forEach((observer) => observer.snapshot?.(rows));
    }
    this.#late.clear();
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
      if (this.key) {
        this.rows ??= new Rows(this.key);
        this.rows.load(rows);
      }
      this.observers.forEach((observer) => observer.snapshot?.(rows));
      this.#late.clear();
    } else {
      this.#greetLate();
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

  reset(reason) {
    this.started = undefined;
    this.#forget();
    this.rows = undefined;
    this.observers.forEach((observer) => observer.reset?.(reason));
  }

  #forget() {
    this.ready = false;
    this.#page = [];
    this.#uncommitted = [];
    this.#held = [];
  }
}
