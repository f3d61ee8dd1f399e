import { Subscription } from './subscription.js';
import type { Observer } from './types.js';
/** All subscriptions of a client, over all its sessions: where each stands, and what a commit mark ends. */
export declare class Subscriptions {
    #private;
    /** By source: everything for the ready subscriptions up to there has come. */
    offsets: {};
    constructor(port: any);
    [Symbol.iterator](): SetIterator<any>;
    /**
     * @param {Record<string, any>} command
     * @param {Observer} observer
     * @param {Subscription['started']} [started]
     * @returns {() => void} ends it
     */
    add(command: Record<string, any>, observer: Observer, started?: Subscription['started']): () => void;
    of(observer: any): any;
    opened(): void;
    lost(): void;
    /**
     * @param {any} message
     * @returns {boolean} whether it was one of theirs
     */
    receive(message: any): boolean;
}
