/** Those who wait for transactions to arrive. */
export declare class Transactions {
    #private;
    constructor(clock: any, subscriptions: any);
    tick(): number;
    /**
     * @param {string} tx
     * @param {number} [timeout] milliseconds
     * @returns {Promise<{offset?: string}>}
     */
    wait(tx: string, timeout?: number): Promise<{
        offset?: string;
    }>;
    committed(tx: any, offset: any): void;
    /**
     * A transaction can also arrive in the rows of a snapshot, or concern nothing that is subscribed. A subscription is
     * ready when everything is there that was committed before it was asked for: so it has arrived when there is one of
     * each source that was asked for after it, and all are ready.
     */
    ready(): void;
    close(error: any): void;
}
