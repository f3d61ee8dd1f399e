/** The changes that pass, as a client of this server sees them that may read what the operator may. */
import { h, ask, count } from './page.js';

const MOST = 300;
const RETRY = 3000;

/** A session has so many subscriptions at most, where nothing else is configured. */
const COLLECTIONS = 100;

let current = null;
let paused = false;
let waiting = [];
let passed = 0;
let preparing = 0;
let known = [];

const state = (text, tone) => {
  const line = document.querySelector('#tail-state');
  line.textContent = text;
  line.className = tone ?? 'soft';
};

export function begin() {
  const form = document.querySelector('#tail-form');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    listen(form.collection.value, form.filter.value.trim());
  });
  document.querySelector('#tail-pause').addEventListener('click', (event) => {
    paused = !paused;
    event.target.textContent = paused ? 'Go on' : 'Pause';
    draw();
  });
}

/** Tells which collections there are, the first time that the page is looked at. */
export async function look() {
  if (known.length > 0) return;
  const { collections, identity } = await ask('tail');
  known = collections;
  document.querySelector('#tail-form').collection.replaceChildren(
    h('option', { value: '' }, `All ${collections.length} collections`), ...collections.map((name) => h('option', { value: name }, name)));
  const who = identity.user === null ? identity.roles.length === 0 ? 'everybody may' : `the roles ${identity.roles.join(', ')} may`
    : `you, ${identity.user}, may`;
  state(collections.length === 0 ? `There is no collection that ${who} read. Who has an API key reads what dashboard.roles may.`
    : `Shows what ${who} read, from now on. Hidden columns stay hidden.`);
}

async function listen(collection, filter) {
  current?.abort();
  const own = new AbortController();
  current = own;
  document.querySelector('#tail').replaceChildren();
  document.querySelector('#tail-pause').disabled = false;
  waiting = [];
  passed = 0;
  if (filter !== '' && collection === '') {
    state('Choose a collection: a filter is for one.', 'warn');
    return;
  }
  while (!own.signal.aborted) {
    try {
      await look();
      if (known.length === 0) return;
      await stream(collection === '' ? known.slice(0, COLLECTIONS) : [collection], filter, own.signal);
      if (!own.signal.aborted) state('The server ended this; listening again.', 'warn');
    } catch (failure) {
      if (own.signal.aborted) return;
      state(`${failure.message}${failure.final ? '' : '; trying again'}`, 'bad');
      if (failure.final) return;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY));
  }
}

async function stream(collections, filter, signal) {
  const { token } = await ask('tail');
  const query = new URLSearchParams();
  for (const name of collections) {
    query.append('collection', name);
    query.append('snapshot', 'false');
    if (filter !== '') query.append('filter', filter);
  }
  const response = await fetch(`../events?${query}`, { headers: { Authorization: `Bearer ${token}` }, signal, cache: 'no-store' });
  if (!response.ok) {
    const answer = await response.json().catch(() => ({}));
    throw Object.assign(new Error(answer.message ?? `the server answered ${response.status}`), { final: response.status === 400 });
  }
  preparing = collections.length;
  state('Connecting …');
  let text = '';
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text += value;
      const events = text.split('\n\n');
      text = events.pop();
      events.forEach(received);
    }
  } finally {
    // Whoever is not listened to any more is told so.
    reader.cancel().catch(() => {});
  }
}

function received(event) {
  const data = event.split('\n').find((line) => line.startsWith('data: '));
  if (!data) return;
  const message = JSON.parse(data.slice(6));
  if (event.includes('event: close')) {
    state(`Closed: ${message.reason}`, 'warn');
  } else if (message.type === 'error') {
    throw Object.assign(new Error(message.message), { final: !message.retry });
  } else if (message.type === 'ready') {
    preparing--;
    if (preparing === 0 && passed === 0) state('Listening; nothing has passed yet.', 'good');
  } else if (message.action) {
    passed++;
    waiting.push(message);
    if (waiting.length > MOST) waiting.shift();
    if (waiting.length === 1) requestAnimationFrame(draw);
  }
}

function draw() {
  if (paused) {
    state(`Paused; ${count(passed)} have passed.`, 'warn');
    if (waiting.length > 0) setTimeout(draw, 500);
    return;
  }
  const list = document.querySelector('#tail');
  list.prepend(...waiting.map(line).reverse());
  waiting = [];
  while (list.children.length > MOST) list.lastChild.remove();
  if (passed > 0) state(`Listening; ${count(passed)} have passed.`, 'good');
}

function line(change) {
  return h('li', {},
    h('time', {}, String(change.timestamp ?? '').slice(11, 23)),
    h('span', { class: `action ${change.action}` }, change.action),
    h('b', {}, change.collection ?? ''),
    h('code', { class: 'key' }, fields(change.key ?? {})),
    h('code', { class: 'values' }, values(change)),
    h('span', { class: 'soft' }, change.tx ? `tx ${change.tx}` : ''));
}

function fields(row) {
  return Object.entries(row).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(' ');
}

/** What is different, where the old row is known; otherwise the row. */
function values({ data, old, key }) {
  const parts = Object.entries(data ?? {}).filter(([name]) => !(name in (key ?? {}))).flatMap(([name, value]) => {
    const now = JSON.stringify(value);
    if (!old) return [`${name}=${now}`];
    return JSON.stringify(old[name]) === now ? [] : [`${name}: ${JSON.stringify(old[name])} → ${now}`];
  }).join(' ');
  return parts.length > 500 ? `${parts.slice(0, 499)}…` : parts;
}
