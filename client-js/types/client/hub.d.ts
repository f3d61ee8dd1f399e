/**
 * What the leading tab is to all tabs: a server that speaks the protocol, fed by one connection to the real one.
 */
export declare class Hub {
    #private;
    constructor(channel: any, locks: any, connect: any);
    close(): void;
}
