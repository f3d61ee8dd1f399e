import { Emitter } from './emitter.js';
import { ChangecastError } from './errors.js';
import { byColumns, merge } from './order.js';
/** @import { LiveEvents, LiveOptions, LiveState, Observer, Row, Update, View } from './types.js' */

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
   * @param {(observer: Observer) => () => void} subscribe
   * @param {(observer: Observer) => any} find its subscription
   */
  constructor(options, subscribe, find) {
    this.#options = options;
    /** @type {Observer} */
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
