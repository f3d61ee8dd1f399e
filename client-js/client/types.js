// What things are made of, for type checkers and readers: nothing here is loaded by a browser.

/** @import { ChangecastError } from './errors.js' */

export {};

/**
 * Time and chance, so that tests can do without both.
 *
 * @typedef {object} Clock
 * @property {() => number} now milliseconds
 * @property {(callback: (value?: any) => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {() => number} random from 0 to 1
 */

/**
 * @typedef {object} Observer who is told of a subscription; all of it is optional
 * @property {(rows: Row[]) => void} [snapshot] all rows, as they were when it became ready
 * @property {(transaction: Transaction, difference?: Difference) => void} [apply] before anybody is notified
 * @property {(transaction: Transaction, difference?: Difference) => void} [notify] when all applied it
 * @property {() => void} [ready]
 * @property {(reason: string) => void} [reset] what it has is void
 * @property {() => void} [lost] the connection is gone; what it has may be old
 * @property {(error: ChangecastError) => void} [error] it has ended
 */

/**
 * @typedef {object} Port what the subscriptions need of the client
 * @property {Clock} clock
 * @property {(command: object) => void} send
 * @property {() => number} tick counts what happens
 * @property {(transaction: Transaction) => void} pushed changes that came without a subscription
 * @property {(tx: string | null, offset: string) => void} committed a transaction was told to its observers
 * @property {() => void} ready some subscription became so
 */

/**
 * @typedef {object} Options
 * @property {string | URL} [url] of the server or of its WebSocket; without one, the page's own server
 * @property {(why?: {code?: number, reason: string}) => string | null | undefined | Promise<string | null | undefined>} [token]
 *   called for each connection, before the token expires and after it was refused (then with why); none: give up
 * @property {'message' | 'query'} [tokenIn] how a WebSocket carries the token: as its first message, or in the address,
 *   where proxies may log it
 * @property {any} [WebSocket] a class like that of browsers, where there is none
 * @property {typeof fetch} [fetch] for long polling
 * @property {boolean | string} [poll] false: never poll; text: the address, where it is not `poll` beside the WebSocket
 * @property {boolean | number} [pauseWhenHidden] disconnect while the page is hidden; after 10 s, or as many milliseconds
 * @property {Clock} [clock] for tests
 *
 * @typedef {Options & {name?: string, locks?: any, BroadcastChannel?: any}} SharedOptions and what tells connections apart
 *   that are not to be shared, such as the user's id; `locks` and `BroadcastChannel` where the browser's are not to be used
 *
 * @typedef {object} SubscribeOptions
 * @property {object} [filter] which rows; all without one
 * @property {string[]} [columns] which columns; those of the key are always among them
 * @property {boolean | {order_by?: string[], limit?: number}} [snapshot] whether to begin with the present rows; yes
 * @property {boolean} [conflate] only the latest state of each row while the client is behind
 * @property {{max?: number, delay_ms?: number}} [batch] gather messages
 * @property {Record<string, string>} [since] offsets by source that were kept: go on there
 * @property {string} [channel] with `since`: what the subscription was called
 *
 * @typedef {object} Handlers all may be left out
 * @property {(rows: Row[]) => void} [snapshot] all rows of one state of the database
 * @property {(changes: Change[], transaction: Transaction) => void} [changes] those of one transaction
 * @property {(where: {channel: string, offsets: Record<string, string>}) => void} [ready] what is committed from now
 *   on will be told
 * @property {(event: {reason: string}) => void} [reset] all that was told is void; it begins anew
 * @property {(error: ChangecastError) => void} [error] the subscription has ended
 *
 * @typedef {object} Subscribed
 * @property {() => void} close
 */

/**
 * @typedef {'loading' | 'ready' | 'stale' | 'error' | 'closed'} LiveState `loading`: no rows yet; `stale`: the connection
 *   is lost, the rows may be old; `error`: it has ended, see `error`
 *
 * @typedef {object} View the same object until something changes
 * @property {Row[]} rows sorted; another array when they change
 * @property {LiveState} state
 * @property {ChangecastError | null} error
 *
 * @typedef {object} LiveOptions
 * @property {string[]} [columns] which; those of the key are always among them
 * @property {string[]} [orderBy] columns to sort by, `-` before one turns its order around; by the key if there are none
 * @property {(a: Row, b: Row) => number} [compare] another order
 * @property {boolean} [conflate] only the latest state of each row while the client is behind
 * @property {{max?: number, delay_ms?: number}} [batch] gather messages
 *
 * @typedef {object} Update
 * @property {Row[]} added
 * @property {{row: Row, old: Row}[]} changed
 * @property {Row[]} removed
 * @property {string} [source] of the transaction; missing when these are the rows of a snapshot
 * @property {string | null} [tx]
 * @property {string} [offset]
 *
 * @typedef {object} LiveEvents
 * @property {Update} update once for each transaction, after `added`, `changed` and `removed`
 * @property {Row[]} added
 * @property {{row: Row, old: Row}[]} changed
 * @property {Row[]} removed
 * @property {{reason: string}} reset all rows are gone; others follow
 * @property {Row[]} ready all is there
 * @property {LiveState} state
 * @property {ChangecastError} error it has ended
 */

/**
 * A way to the server that is open or being opened. `closed` of its events is called once, and nothing after it.
 *
 * @typedef {object} Link
 * @property {'connected' | 'polling'} state what the client calls itself when this link is what it has
 * @property {(command: object) => void} send
 * @property {(code?: number) => void} close no event follows
 *
 * @typedef {object} LinkEvents
 * @property {() => void} open commands can be sent
 * @property {(message: any) => void} message
 * @property {(code: number, reason: string) => void} closed
 */

/**
 * What of a WebSocket is used: those of browsers, of Node.js and of the package `ws` have it.
 *
 * @typedef {object} WebSocketLike
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage
 * @property {((event: any) => void) | null} onclose
 * @property {((event: any) => void) | null} onerror
 * @property {(text: string) => void} send
 * @property {(code?: number, reason?: string) => void} close
 */

/**
 * @typedef {Record<string, any>} Row
 *
 * @typedef {object} Change as the server sent it, and `row`
 * @property {string} type the name that the server's routes give it
 * @property {'insert' | 'update' | 'delete' | 'truncate'} action
 * @property {string} collection
 * @property {string} channel
 * @property {'high' | 'low'} [priority] of one that a route pushes, where it is not the usual
 * @property {Row | null} [key]
 * @property {Row} [data] the row after; large values that did not change may be missing
 * @property {Row} [old] the row before, where the server tells it
 * @property {string[]} [unchanged] which columns are missing
 * @property {Row} [row] the whole row after, of a delete the row as it was; missing where the client keeps no rows
 * @property {string} timestamp
 * @property {string} source
 * @property {string} offset
 * @property {string | null} tx
 * @property {boolean} [commit]
 *
 * @typedef {object} Transaction
 * @property {string} source
 * @property {string | null} tx what the database calls it
 * @property {string} offset
 * @property {Change[]} changes those of one subscription, in their order
 *
 * @typedef {object} Difference what a transaction did to a set of rows, as a whole
 * @property {Row[]} added
 * @property {{row: Row, old: Row}[]} changed
 * @property {Row[]} removed
 */

/**
 * @typedef {'connecting' | 'connected' | 'reconnecting' | 'polling' | 'disconnected'} State
 *
 * @typedef {object} Events
 * @property {(welcome: any) => void} opened a new session: nothing is subscribed in it
 * @property {(message: any) => void} message everything but the welcome of a new session
 * @property {() => void} lost the session is gone; what it did not commit is void
 * @property {(state: State, error?: ChangecastError) => void} state
 * @property {(error: ChangecastError) => void} error that ends nothing
 * @property {() => object | undefined} since where the inbox goes on
 */

