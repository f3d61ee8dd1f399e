/** @import { Change, Difference, Row } from './types.js' */

/** The rows of one channel, by their key. A row that changes is another object, so rows can be compared by identity. */
export class Rows {
  #columns;
  #rows = new Map();

  /** @param {string[]} columns those of the key */
  constructor(columns) {
    this.#columns = columns;
  }

  /** @param {Row} row or its key */
  keyOf(row) {
    const columns = this.#columns;
    return columns.length === 1 ? String(row[columns[0]]) : JSON.stringify(columns.map((column) => row[column]));
  }

  /** @param {unknown} key an object of the key's columns, or the value of its only one */
  get(key) {
    return this.#rows.get(typeof key === 'object' && key ? this.keyOf(key) : String(key));
  }

  values() {
    return [...this.#rows.values()];
  }

  /** @param {Row[]} rows in the place of all */
  load(rows) {
    this.#rows = new Map(rows.map((row) => [this.keyOf(row), row]));
  }

  /**
   * @param {Change[]} changes of one transaction
   * @returns {Difference}
   */
  apply(changes) {
    const before = new Map();
    const set = (key, row) => {
      const old = this.#rows.get(key);
      if (!before.has(key)) {
        before.set(key, old);
      }
      if (row) {
        this.#rows.set(key, row);
      } else {
        this.#rows.delete(key);
      }
      return old;
    };
    for (const change of changes) {
      if (change.action === 'truncate') {
        [...this.#rows.keys()].forEach((key) => set(key, undefined));
        continue;
      }
      const key = this.keyOf(change.key ?? change.data ?? {});
      if (change.action === 'delete') {
        change.row = set(key, undefined) ?? change.data;
      } else {
        const old = change.action === 'update' ? this.#rows.get(key) : undefined;
        change.row = { ...old, ...change.data };
        set(key, change.row);
      }
    }
    return this.#difference(before);
  }

  #difference(before) {
    /** @type {Difference} */
    const difference = { added: [], changed: [], removed: [] };
    for (const [key, old] of before) {
      const row = this.#rows.get(key);
      if (row && old) {
        difference.changed.push({ row, old });
      } else if (row) {
        difference.added.push(row);
      } else if (old) {
        difference.removed.push(old);
      }
    }
    return difference;
  }
}
