import { Subscription } from './subscription.js';
export type Transaction = import('./rows.js').Transaction;
export type Observer = import('./subscription.js').Observer;
export type Port = {
    clock: import('./clock.js').Clock;
    send: (command: object) => void;
    /**
     * counts what happens
     */
    tick: () => number;
    /**
     * changes that came without a subscription
     */
    pushed: (transaction: Transaction) => void;
    /**
     * a transaction was told to its observers
     */
    committed: (tx: string | null, offset: string) => void;
    /**
     * some subscription became so
     */
    ready: () => void;
};
/**
 * @typedef {import('./rows.js').Transaction} Transaction
 * @typedef {import('./subscription.js').Observer} Observer
 *
 * @typedef {object} Port what the subscriptions need of the client
 * @property {import('./clock.js').Clock} clock
 * @property {(command: object) => void} send
 * @property {() => number} tick counts what happens
 * @property {(transaction: Transaction) => void} pushed changes that came without a subscription
 * @property {(tx: string | null, offset: string) => void} committed a transaction was told to its observers
 * @property {() => void} ready some subscription became so
 */
/** All subscriptions of a client, over all its sessions: where each stands, and what a commit mark ends. */
export declare class Subscriptions {
    #private;
    /** By source: everything for the ready subscriptions up to there has come. */
    /** @type {Record<string, string>} */
    offsets: Record<string, string>;
    /** @param {Port} port */
    constructor(port: Port);
    [Symbol.iterator](): SetIterator<Subscription>;
    /**
     * @param {Record<string, any>} command
     * @param {Observer} observer
     * @param {Subscription['started']} [started]
     * @returns {() => void} ends it
     */
    add(command: Record<string, any>, observer: Observer, started?: Subscription['started']): () => void;
    /** @param {Observer} observer */
    of(observer: Observer): Subscription | undefined;
    opened(): void;
    lost(): void;
    /**
     * @param {any} message
     * @returns {boolean} whether it was one of theirs
     */
    receive(message: any): boolean;
}
