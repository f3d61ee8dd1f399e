/**
 * What the leading tab is to all tabs: a server that speaks the protocol, fed by one connection to the real one.
 */
export declare class Hub {
    #private;
    /**
     * @param {any} channel
     * @param {any} locks
     * @param {() => import('./client.js').Client} connect
     */
    constructor(channel: any, locks: any, connect: () => import('./client.js').Client);
    close(): void;
}
