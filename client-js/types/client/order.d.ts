/** @import { Row } from './types.js' */
import type { Row } from './types.js';
/**
 * Compares rows by columns: numbers as numbers, also where the protocol writes them as text, everything else by code
 * units; null is last.
 *
 * @param {string[]} names of columns; `-` before one turns its order around
 * @param {{name: string, type: string}[]} columns
 * @returns {(a: Row, b: Row) => number}
 */
export declare function byColumns(names: string[], columns: {
    name: string;
    type: string;
}[]): (a: Row, b: Row) => number;
/**
 * @param {Row[]} sorted
 * @param {Set<Row>} removed those of them that go
 * @param {Row[]} added in any order
 * @param {(a: Row, b: Row) => number} compare
 * @returns {Row[]} another array
 */
export declare function merge(sorted: Row[], removed: Set<Row>, added: Row[], compare: (a: Row, b: Row) => number): Row[];
