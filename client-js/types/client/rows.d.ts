/** @import { Change, Difference, Row } from './types.js' */
import type { Change, Difference, Row } from './types.js';
/** The rows of one channel, by their key. A row that changes is another object, so rows can be compared by identity. */
export declare class Rows {
    #private;
    /** @param {string[]} columns those of the key */
    constructor(columns: string[]);
    /** @param {Row} row or its key */
    keyOf(row: Row): string;
    /** @param {unknown} key an object of the key's columns, or the value of its only one */
    get(key: unknown): any;
    values(): any[];
    /** @param {Row[]} rows in the place of all */
    load(rows: Row[]): void;
    /**
     * @param {Change[]} changes of one transaction
     * @returns {Difference}
     */
    apply(changes: Change[]): Difference;
}
