import { Rows } from './rows.js';
export type Transaction = import('./rows.js').Transaction;
export type Difference = import('./rows.js').Difference;
export type Observer = {
    /**
     * all rows, as they were when it became ready
     */
    snapshot?: (rows: import('./rows.js').Row[]) => void;
    /**
     * before anybody is notified
     */
    apply?: (transaction: Transaction, difference?: Difference) => void;
    /**
     * when all applied it
     */
    notify?: (transaction: Transaction, difference?: Difference) => void;
    ready?: () => void;
    /**
     * what it has is void
     */
    reset?: (reason: string) => void;
    /**
     * the connection is gone; what it has may be old
     */
    lost?: () => void;
    /**
     * it has ended
     */
    error?: (error: import('./errors.js').ChangecastError) => void;
};
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
export declare class Subscription {
    #private;
    command: Record<string, any>;
    /** @type {Set<Observer>} */
    observers: Set<Observer>;
    /** @type {string | undefined} */
    id: string | undefined;
    /** @type {string | undefined} */
    channel: string | undefined;
    /** @type {string[]} */
    sources: string[];
    /** @type {{name: string, type: string}[]} */
    columns: {
        name: string;
        type: string;
    }[];
    /** @type {string[] | null} */
    key: string[] | null;
    ready: boolean;
    /** Ready, but what it shares with other tabs has lost its connection. */
    stale: boolean;
    /** @type {Rows | undefined} kept where there is a snapshot and a key */
    rows: Rows | undefined;
    /** @type {{since: Record<string, string>, channel?: string} | undefined} how it was started; undefined: from nothing */
    started: {
        since: Record<string, string>;
        channel?: string;
    } | undefined;
    /** When it was sent, counted, for those who wait for a transaction. */
    sentAt: number;
    /** When the snapshot that it has was asked for, counted; 0: it has none, or the server chose the time. */
    snapshotAt: number;
    failures: number;
    /** @type {any} */
    timer: any;
    /** @param {Record<string, any>} command collection, filter, columns, snapshot, conflate, batch */
    constructor(command: Record<string, any>);
    get wantsRows(): boolean;
    /**
     * Adds an observer; one that comes late is given what there is.
     *
     * @param {Observer} observer
     * @param {boolean} rows whether it wants them
     */
    attach(observer: Observer, rows: boolean): void;
    /**
     * Whether who has everything up to there needs nothing but what comes.
     *
     * @param {Record<string, string>} since
     * @param {Record<string, string>} offsets where the session stands
     */
    isAt(since: Record<string, string>, offsets: Record<string, string>): boolean;
    /** @param {any} message of type `subscribed` */
    subscribed({ channel, key, columns }: any): void;
    /** @param {import('./rows.js').Row[]} rows */
    page(rows: import('./rows.js').Row[]): void;
    /** @param {import('./rows.js').Change} change */
    change(change: import('./rows.js').Change): void;
    /**
     * What a commit mark ends here. While the subscription catches up, marks of others come between its changes, so the
     * transaction's name decides, where it has one.
     *
     * @param {string} source
     * @param {string | null} tx
     * @param {string} offset
     * @returns {Transaction | undefined} undefined: nothing, or nothing yet
     */
    commit(source: string, tx: string | null, offset: string): Transaction | undefined;
    /**
     * @param {string[]} sources
     * @returns {Transaction[]} what was held back
     */
    becomeReady(sources: string[]): Transaction[];
    /** @param {Record<string, string>} offsets where the session stood */
    lost(offsets: Record<string, string>): void;
    /** @param {string} reason */
    reset(reason: string): void;
}
