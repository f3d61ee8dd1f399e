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
    /** A transaction can also arrive in the rows of snapshots: when all were asked for after it was committed. */
    ready(): void;
    close(error: any): void;
}
