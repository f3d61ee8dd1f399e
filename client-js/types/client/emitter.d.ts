/** Listeners by name. */
export declare class Emitter {
    #private;
    /**
     * @param {string} name
     * @param {(value: any) => void} listener
     * @returns {() => void} takes the listener away again
     */
    on(name: string, listener: (value: any) => void): () => void;
    emit(name: any, value: any): void;
}
