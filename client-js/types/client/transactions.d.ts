/** Those who wait for transactions to arrive. */
export declare class Transactions {
    #private;
    /**
     * @param {import('./clock.js').Clock} clock
     * @param {() => Iterable<import('./subscription.js').Subscription>} subscriptions
     */
    constructor(clock: import('./clock.js').Clock, subscriptions: () => Iterable<import('./subscription.js').Subscription>);
    tick(): number;
    /**
     * @param {string} tx
     * @param {number} [timeout] milliseconds
     * @returns {Promise<{offset?: string}>}
     */
    wait(tx: string, timeout?: number): Promise<{
        offset?: string;
    }>;
    /**
     * @param {string | null} tx
     * @param {string} offset
     */
    committed(tx: string | null, offset: string): void;
    /** A transaction can also arrive in the rows of snapshots: when all were asked for after it was committed. */
    ready(): void;
    /** @param {Error} error */
    close(error: Error): void;
}
