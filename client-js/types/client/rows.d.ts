/**
 * @typedef {Record<string, any>} Row
 *
 * @typedef {object} Change as the server sent it, and `row`
 * @property {string} type the name that the server's routes give it
 * @property {'insert' | 'update' | 'delete' | 'truncate'} action
 * @property {string} collection
 * @property {string} channel
 * @property {Row | null} [key]
 * @property {Row} [data] the row after; large values that did not change may be missing
 * @property {Row} [old] the row before, where the server tells it
 * @property {string[]} [unchanged] which columns are missing
 * @property {Row} [row] the whole row after, of a delete the row as it was; missing where the client keeps no rows
 * @property {string} timestamp
 * @property {string} source
 * @property {string} offset
 * @property {string | null} tx
 * @property {boolean} [commit]
 *
 * @typedef {object} Transaction
 * @property {string} source
 * @property {string | null} tx what the database calls it
 * @property {string} offset
 * @property {Change[]} changes those of one subscription, in their order
 *
 * @typedef {object} Difference what a transaction did to a set of rows, as a whole
 * @property {Row[]} added
 * @property {{row: Row, old: Row}[]} changed
 * @property {Row[]} removed
 */
export type Row = Record<string, any>;
export type Change = {
    /**
     * the name that the server's routes give it
     */
    type: string;
    action: 'insert' | 'update' | 'delete' | 'truncate';
    collection: string;
    channel: string;
    key?: Row | null;
    /**
     * the row after; large values that did not change may be missing
     */
    data?: Row;
    /**
     * the row before, where the server tells it
     */
    old?: Row;
    /**
     * which columns are missing
     */
    unchanged?: string[];
    /**
     * the whole row after, of a delete the row as it was; missing where the client keeps no rows
     */
    row?: Row;
    timestamp: string;
    source: string;
    offset: string;
    tx: string | null;
    commit?: boolean;
};
export type Transaction = {
    source: string;
    /**
     * what the database calls it
     */
    tx: string | null;
    offset: string;
    /**
     * those of one subscription, in their order
     */
    changes: Change[];
};
export type Difference = {
    added: Row[];
    changed: {
        row: Row;
        old: Row;
    }[];
    removed: Row[];
};
/** The rows of one channel, by their key. A row that changes is another object, so rows can be compared by identity. */
export declare class Rows {
    #private;
    /** @param {string[]} columns those of the key */
    constructor(columns: string[]);
    /** @param {Row} row or its key */
    keyOf(row: Row): string;
    /** @param {unknown} key an object of the key's columns, or the value of its only one */
    get(key: unknown): Row | undefined;
    values(): Row[];
    /** @param {Row[]} rows in the place of all */
    load(rows: Row[]): void;
    /**
     * @param {Change[]} changes of one transaction
     * @returns {Difference}
     */
    apply(changes: Change[]): Difference;
}
