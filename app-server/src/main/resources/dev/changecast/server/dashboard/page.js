/** What all parts of the page use: elements, the server's answers, and numbers as people read them. */

/**
 * Makes an element. Text is only ever text: what comes from databases and clients cannot become markup.
 *
 * @param {string} tag
 * @param {object} [properties] of the element; `class` and `data-…`, `aria-…` and `role` are attributes
 * @param {...(Node|string|number|null|undefined)} children
 */
export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'class' || name === 'role' || name === 'colspan' || /^(data|aria)-/.test(name)) {
      element.setAttribute(name, value);
    } else {
      element[name] = value;
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/**
 * A table that scrolls where it does not fit.
 *
 * @param {string[]} columns `#` before a name: numbers, to the right; `~` before that: not on a phone
 * @param {(Node|Array)[]} rows
 * @param {string} empty what is said when there are none
 */
export function table(columns, rows, empty) {
  if (rows.length === 0) return h('p', { class: 'soft empty' }, empty);
  return h('div', { class: 'scroll' }, h('table', {},
    h('thead', {}, h('tr', {}, ...columns.map((column) =>
      h('th', { class: kind(column), scope: 'col' }, column.replace(/^~?#?/, ''))))),
    h('tbody', {}, ...rows.map((row) => (row instanceof Node ? row : h('tr', {}, ...row.map((cell, i) =>
      h('td', { class: kind(columns[i]) }, cell))))))));
}

function kind(column) {
  return `${column.startsWith('~') ? 'minor' : ''} ${/^~?#/.test(column) ? 'number' : ''}`.trim();
}

// ---- The server

const KEPT = 'changecast-dashboard-key';
let key = sessionStorage.getItem(KEPT) ?? '';

export function signedIn() {
  return key !== '';
}

export function signIn(given) {
  key = given.trim();
  if (key === '') sessionStorage.removeItem(KEPT);
  else sessionStorage.setItem(KEPT, key);
}

/** What the server refuses, and why. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Asks the server for JSON. */
export async function ask(path, body) {
  const headers = key === '' ? {} : { Authorization: `Bearer ${key}` };
  const response = await fetch(`../api/${path}`, body === undefined
    ? { headers, cache: 'no-store', signal: AbortSignal.timeout(15000) }
    : { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(15000) });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, answer.message ?? `the server answered ${response.status}`);
  return answer;
}

// ---- Numbers; a unit stays beside its number

const NEAR = '\u00a0';
const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** 1234567 is 1.23 M, 0.034 is 0.034. */
export function count(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1e9) return `${(value / 1e9).toPrecision(3)}${NEAR}G`;
  if (size >= 1e6) return `${(value / 1e6).toPrecision(3)}${NEAR}M`;
  if (size >= 100 || Number.isInteger(value)) return WHOLE.format(value).replaceAll(',', '\u202f');
  return size >= 10 ? value.toFixed(1) : size >= 1 ? value.toFixed(2).replace(/0$/, '') : String(Number(value.toPrecision(2)));
}

export function bytes(value) {
  if (value === null || value === undefined || value < 0) return '–';
  let size = value;
  let unit = 0;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 || size >= 10 ? Math.round(size) : Number(size.toPrecision(2))}${NEAR}${units[unit]}`;
}

/** A time that something takes. */
export function seconds(value) {
  if (value === null || value === undefined) return '–';
  if (value === 0) return '0';
  if (value < 0.001) return `${Math.max(1, Math.round(value * 1e6))}${NEAR}µs`;
  if (value < 0.01) return `${(value * 1000).toFixed(1).replace(/\.0$/, '')}${NEAR}ms`;
  if (value < 1) return `${Math.round(value * 1000)}${NEAR}ms`;
  if (value < 10) return `${value.toFixed(1).replace(/\.0$/, '')}${NEAR}s`;
  if (value < 120) return `${Math.round(value)}${NEAR}s`;
  if (value < 7200) return `${Math.round(value / 60)}${NEAR}min`;
  return value < 172800 ? `${Math.round(value / 3600)}${NEAR}h` : `${Math.round(value / 86400)}${NEAR}d`;
}

export function percent(value) {
  return value === null || value === undefined ? '–' : `${Math.round(value * 100)}${NEAR}%`;
}

/** How long ago a time is. */
export function since(time, now) {
  return time ? seconds(Math.max(0, (now - Date.parse(time)) / 1000)) : '–';
}

export function clock(time) {
  return new Date(time).toLocaleTimeString('en-GB');
}
