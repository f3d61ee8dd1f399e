/** @import { Row } from './types.js' */

const NUMERIC = /^(int[248]|float[48]|numeric)$/;

/**
 * Compares rows by columns: numbers as numbers, also where the protocol writes them as text, everything else by code
 * units; null is last.
 *
 * @param {string[]} names of columns; `-` before one turns its order around
 * @param {{name: string, type: string}[]} columns
 * @returns {(a: Row, b: Row) => number}
 */
export function byColumns(names, columns) {
  const numeric = new Set(columns.filter(({ type }) => NUMERIC.test(type)).map(({ name }) => name));
  const parts = names.map((text) => {
    const name = text.replace(/^-/, '');
    return { name, sign: name === text ? 1 : -1, compare: numeric.has(name) ? compareNumbers : compareValues };
  });
  return (a, b) => {
    for (const { name, sign, compare } of parts) {
      const [left, right] = [a[name], b[name]];
      const order = left == null || right == null ? +(left == null) - +(right == null) : sign * compare(left, right);
      if (order) {
        return order;
      }
    }
    return 0;
  };
}

function compareNumbers(a, b) {
  return Number(a) - Number(b) || compareValues(a, b);
}

function compareValues(a, b) {
  return a < b ? -1 : +(a > b);
}

/**
 * @param {Row[]} sorted
 * @param {Set<Row>} removed those of them that go
 * @param {Row[]} added in any order
 * @param {(a: Row, b: Row) => number} compare
 * @returns {Row[]} another array
 */
export function merge(sorted, removed, added, compare) {
  const kept = removed.size ? sorted.filter((row) => !removed.has(row)) : sorted;
  added.sort(compare);
  const merged = [];
  let next = 0;
  for (const row of kept) {
    while (next < added.length && compare(added[next], row) < 0) {
      merged.push(added[next++]);
    }
    merged.push(row);
  }
  return merged.concat(added.slice(next));
}
