import { Emitter } from './emitter.js';
import { ChangecastError } from './errors.js';
import { byColumns, merge } from './order.js';

/**
 * @typedef {import('./rows.js').Row} Row
 *
 * @typedef {'loading' | 'ready' | 'stale' | 'error' | 'closed'} LiveState `loading`: no rows yet; `stale`: the connection
 *   is lost, the rows may be old; `error`: it has ended, see `error`
 *
 * @typedef {object} View the same object until something changes
 * @property {Row[]} rows sorted; another array when they change
 * @property {LiveState} state
 * @property {ChangecastError | null} error
 *
 * @typedef {object} LiveOptions
 * @property {string[]} [columns] which; those of the key are always among them
 * @property {string[]} [orderBy] columns to sort by, `-` before one turns its order around; by the key if there are none
 * @property {(a: Row, b: Row) => number} [compare] another order
 * @property {boolean} [conflate] only the latest state of each row while the client is behind
 * @property {{max?: number, delay_ms?: number}} [batch] gather messages
 *
 * @typedef {object} Update
 * @property {Row[]} added
 * @property {{row: Row, old: Row}[]} changed
 * @property {Row[]} removed
 * @property {string} [source] of the transaction; missing when these are the rows of a snapshot
 * @property {string | null} [tx]
 * @property {string} [offset]
 *
 * @typedef {object} LiveEvents
 * @property {Update} update once for each transaction, after `added`, `changed` and `removed`
 * @property {Row[]} added
 * @property {{row: Row, old: Row}[]} changed
 * @property {Row[]} removed
 * @property {{reason: string}} reset all rows are gone; others follow
 * @property {Row[]} ready all is there
 * @property {LiveState} state
 * @property {ChangecastError} error it has ended
 */

/** The rows of a collection that match a filter, kept as they are in the database, transaction by transaction. */
export class Live {
  #emitter = new Emitter();
  #options;
  /** @type {() => import('./subscription.js').Subscription | undefined} */
  #find;
  #leave;
  /** @type {(a: Row, b: Row) => number} */
  #compare = () => 0;
  /** @type {LiveState} */
  #state = 'loading';
  /** @type {Row[]} */
  #sorted = [];
  /** @type {Set<Row>} what is not in #sorted yet */
  #added = new Set();
  /** @type {Set<Row>} what is in #sorted still */
  #removed = new Set();
  /** @type {View | undefined} */
  #view;
  /** @type {ChangecastError | null} why it has ended */
  error = null;

  /**
   * @param {LiveOptions} options
   * @param {(observer: import('./subscription.js').Observer) => () => void} subscribe
   * @param {(observer: import('./subscription.js').Observer) => any} find its subscription
   */
  constructor(options, subscribe, find) {
    this.#options = options;
    /** @type {import('./subscription.js').Observer} */
    const observer = {
      snapshot: (rows) => this.#snapshot(rows),
      apply: (_, difference) => this.#apply(/** @type {Update} */ (difference)),
      notify: ({ source, tx, offset }, difference) =>
        this.#tell({ .../** @type {Update} */ (difference), source, tx, offset }),
      ready: () => {
        this.#became('ready');
        this.#emitter.emit('ready', this.rows);
      },
      lost: () => this.#became('stale'),
      reset: (reason) => {
        this.#replace([]);
        this.#became('loading');
        this.#emitter.emit('reset', { reason });
      },
      error: (error) => this.#fail(error),
    };
    this.#find = () => find(observer);
    this.#leave = subscribe(observer);
    if (this.error) {
      this.#leave();
    } else if (this.#state === 'ready') {
      queueMicrotask(() => this.#greet()); // Nobody could listen yet.
    }
  }

  #greet() {
    if (this.#state === 'ready') {
      this.#tell({ added: this.rows, changed: [], removed: [] });
      this.#emitter.emit('ready', this.rows);
    }
  }

  /** The rows, sorted. Another array when they have changed, the same as long as they have not. */
  get rows() {
    if (this.#added.size || this.#removed.size) {
      this.#sorted = merge(this.#sorted, this.#removed, [...this.#added], this.#compare);
      this.#added.clear();
      this.#removed.clear();
    }
    return this.#sorted;
  }

  get state() {
    return this.#state;
  }

  /** `rows`, `state` and `error` together. */
  get view() {
    this.#view ??= { rows: this.rows, state: this.#state, error: this.error };
    return this.#view;
  }

  /**
   * @param {unknown} key an object of the key's columns, or the value of its only one
   * @returns {Row | undefined}
   */
  get(key) {
    return this.#find()?.rows?.get(key);
  }

  /**
   * @template {keyof LiveEvents} Name
   * @param {Name} name
   * @param {(event: LiveEvents[Name]) => void} listener
   * @returns {() => void} takes the listener away again
   */
  on(name, listener) {
    return this.#emitter.on(name, listener);
  }

  /** Ends the subscription, when nobody else shares it. The rows stay as they are. */
  close() {
    this.#leave();
    this.#became('closed');
  }

  // ---- What the subscription tells

  /** @param {Row[]} rows */
  #snapshot(rows) {
    const { key, columns } = /** @type {import('./subscription.js').Subscription} */ (this.#find());
    if (!key) {
      this.#fail(new ChangecastError('the collection has no key that can be seen: use subscribe', { reason: 'no_key' }));
      return;
    }
    const order = byColumns([...(this.#options.orderBy ?? []), ...key], columns);
    const { compare } = this.#options;
    this.#compare = compare ? (a, b) => compare(a, b) || order(a, b) : order;
    this.#replace([...rows].sort(this.#compare));
    this.#tell({ added: this.rows, changed: [], removed: [] });
  }

  /** @param {Row[]} rows */
  #replace(rows) {
    this.#sorted = rows;
    this.#added.clear();
    this.#removed.clear();
    this.#view = undefined;
  }

  /** @param {Update} difference */
  #apply({ added, changed, removed }) {
    const remove = (/** @type {Row} */ row) => this.#added.delete(row) || this.#removed.add(row);
    removed.forEach(remove);
    added.forEach((row) => this.#added.add(row));
    for (const { row, old } of changed) {
      remove(old);
      this.#added.add(row);
    }
    this.#view = undefined;
  }

  /** @param {Update} update */
  #tell(update) {
    for (const name of /** @type {const} */ (['added', 'changed', 'removed'])) {
      if (update[name].length) {
        this.#emitter.emit(name, update[name]);
      }
    }
    this.#emitter.emit('update', update);
  }

  /** @param {ChangecastError} error */
  #fail(error) {
    if (!this.error) {
      this.#leave?.();
      this.error = error;
      this.#became('error');
      this.#emitter.emit('error', error);
    }
  }

  /** @param {LiveState} state */
  #became(state) {
    if (this.#state !== state && this.#state !== 'closed') {
      this.#state = state;
      this.#view = undefined;
      this.#emitter.emit('state', state);
    }
  }
}
