import { Rows } from './rows.js';
import type { Observer, Transaction } from './types.js';
/** @import { Observer, Transaction } from './types.js' */
/**
 * One subscription of the session, and who shares it. What comes is held back until it is whole, so that its observers see
 * only states that the database had.
 */
export declare class Subscription {
    #private;
    command: Record<string, any>;
    observers: Set<any>;
    id: any;
    channel: any;
    sources: any[];
    columns: any[];
    key: null;
    ready: boolean;
    /** Ready, but what it shares with other tabs has lost its connection. */
    stale: boolean;
    /**
     * Kept where there was a snapshot and there is a key; from then on also over lost connections. Whoever was started at an
     * offset brings rows that are not known here: so there are none, rather than some.
     *
     * @type {Rows | undefined}
     */
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
    timer: any;
    /** @param {Record<string, any>} command collection, filter, columns, snapshot, conflate, batch */
    constructor(command: Record<string, any>);
    get wantsRows(): boolean;
    /** Whether one who comes late can have rows: those that are kept, or those that will come. */
    get hasRows(): boolean;
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
    /** @param {Observer} observer */
    detach(observer: Observer): boolean;
    /** @param {any} message of type `subscribed` */
    subscribed({ channel, key, columns }: any): void;
    page(rows: any): void;
    change(change: any): void;
    /** @param {Record<string, string>} sources whose changes that are not committed are void */
    drop(sources: Record<string, string>): void;
    /**
     * What a commit mark ends here. While the subscription catches up, marks of others come between its changes, so the
     * transaction's name decides, where it has one.
     *
     * @param {string} source
     * @param {string | null} tx
     * @param {string} offset
     * @returns {Transaction[]} to be told; none: nothing, or nothing yet
     */
    commit(source: string, tx: string | null, offset: string): Transaction[];
    /**
     * @param {string[]} sources
     * @returns {Transaction[]} what was held back
     */
    becomeReady(sources: string[]): Transaction[];
    /** @param {Record<string, string>} offsets where the session stood */
    lost(offsets: Record<string, string>): void;
    reset(reason: any): void;
}
