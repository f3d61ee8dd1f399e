/** The sessions that are open, page after page; all about one of them; and the rooms. */
import { h, table, ask, count, bytes, seconds, since } from './page.js';
import { fact, sessionLink } from './overview.js';

const PAGE = 50;
const ROOMS = 50;

let offset = 0;
let search = '';
let shown = null;
let mayEnd = false;

export function begin() {
  const form = document.querySelector('#session-search');
  let soon;
  form.search.addEventListener('input', () => {
    clearTimeout(soon);
    soon = setTimeout(() => {
      search = form.search.value;
      offset = 0;
      refresh();
    }, 200);
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  document.querySelector('#session-back').addEventListener('click', () => turn(-PAGE));
  document.querySelector('#session-next').addEventListener('click', () => turn(PAGE));
}

function turn(by) {
  offset = Math.max(0, offset + by);
  refresh();
}

/** @param {string|null} session which one is looked at */
export function look(session) {
  if (session !== shown) {
    shown = session;
    const part = document.querySelector('#session');
    part.hidden = session === null;
    part.replaceChildren();
    // It stands above the list, of which one may have clicked the last.
    if (session !== null) scrollTo(0, 0);
  }
}

/** @param {boolean} may whether the one who looks may end sessions */
export async function refresh(may) {
  mayEnd = may ?? mayEnd;
  const [list, rooms] = await Promise.all([
    ask(`sessions?offset=${offset}&limit=${PAGE}&search=${encodeURIComponent(search)}`), ask('rooms'), one()]);
  if (list.sessions.length === 0 && offset > 0) {
    offset = Math.max(0, PAGE * Math.floor((list.found - 1) / PAGE));
    return refresh();
  }
  const now = Date.now();
  const last = offset + list.sessions.length;
  document.querySelector('#session-count').textContent = list.found === 0 ? 'none'
    : `${count(offset + 1)}–${count(last)} of ${count(list.found)}${list.found < list.total ? ` found in ${count(list.total)}` : ''}, oldest first`;
  document.querySelector('#session-back').disabled = offset === 0;
  document.querySelector('#session-next').disabled = last >= list.found;
  document.querySelector('#session-list').replaceChildren(table(['Client', '~Roles', 'By', 'From', '#Open for', '~#Token ends', '~Name'],
    list.sessions.map((session) => [
      sessionLink(session), session.identified ? session.roles.join(', ') : h('span', { class: 'warn' }, 'no token yet'), session.transport,
      session.address, since(session.opened_at, now), session.expires_at ? `in ${seconds((Date.parse(session.expires_at) - now) / 1000)}` : '–',
      h('code', {}, session.session)]), 'There is no such session.'));
  document.querySelector('#room-list').replaceChildren(table(['Room', '#Users', '#Sessions'],
    rooms.rooms.toSorted((a, b) => b.sessions - a.sessions).slice(0, ROOMS).map((room) => [room.room, count(room.users), count(room.sessions)]),
    'Nobody is in a room.'));
  return undefined;
}

// ---- One session

async function one() {
  if (shown === null) return;
  const name = shown;
  const part = document.querySelector('#session');
  try {
    const session = await ask(`session?session=${encodeURIComponent(name)}`);
    if (name === shown) part.replaceChildren(...detail(session));
  } catch (failure) {
    if (failure.status !== 404) throw failure;
    if (name === shown) part.replaceChildren(head(name), h('p', { class: 'soft' }, 'This session is over.'));
  }
}

function wide(name, value) {
  const all = fact(name, value);
  all.classList.add('wide');
  return all;
}

function head(title, ...more) {
  return h('header', { class: 'tools' }, h('h2', {}, title), ...more, h('a', { class: 'button', href: '#sessions' }, 'Close'));
}

function detail(session) {
  const now = Date.now();
  const { identity } = session;
  return [
    head(identity.user ?? 'Somebody anonymous',
      h('a', { class: 'button', href: `#access=${encodeURIComponent(session.session)}` }, 'What may it see?'),
      mayEnd ? h('button', { class: 'danger', type: 'button', onclick: (event) => disconnect(event.target, session.session) }, 'Disconnect') : null),
    h('dl', { class: 'facts' },
      wide('Name', h('code', {}, session.session)),
      fact('Roles', identity.roles.join(', ') || 'none'),
      wide('Claims', Object.keys(identity.claims).length === 0 ? 'none' : h('code', {}, JSON.stringify(identity.claims))),
      fact('By', `${session.transport} from ${session.address}`),
      fact('Open for', since(session.opened_at, now)),
      fact('Token ends', session.expires_at ? `in ${seconds((Date.parse(session.expires_at) - now) / 1000)}` : 'never'),
      fact('Queue', `${bytes(session.waiting_bytes)} wait`),
      fact('Network', session.stalled > 0 ? `has taken nothing for ${seconds(session.stalled)}` : 'takes everything'),
      fact('Lag', session.behind > 0 ? `behind for ${seconds(session.behind)}` : 'at the head'),
      fact('Messages sent', count(session.sent_messages))),
    h('h3', {}, 'Subscriptions'),
    table(['Collection', 'State', 'Rows', 'Columns', '~Channel'], session.subscriptions.map((one) => [
      `${one.source}/${one.collection}`,
      h('span', { class: one.ready ? 'good' : 'warn' }, `${one.ready ? 'ready' : 'preparing'}${one.conflated ? ', conflated' : ''}`),
      h('code', { class: 'long' }, Object.keys(one.filter).length === 0 ? 'all' : JSON.stringify(one.filter)),
      one.columns ? one.columns.join(', ') : 'all it may see',
      h('code', {}, one.channel)]), 'It has subscribed to nothing.'),
    h('h3', {}, 'Place in the sources'),
    table(['Source', 'Behind', 'Has all up to', 'Head'], session.feeds.map((feed) => [
      feed.source, feed.behind > 0 ? seconds(feed.behind) : '–', h('code', {}, feed.offset ?? '–'), h('code', {}, feed.head ?? '–')]), 'Nothing yet.'),
    session.rooms.length === 0 ? null : h('h3', {}, 'Rooms'),
    session.rooms.length === 0 ? null : h('p', { class: 'chips' }, ...session.rooms.map((room) => h('span', {}, room))),
  ].filter((part) => part !== null);
}

/** The first click asks, the second does it. */
async function disconnect(button, session) {
  if (!button.dataset.sure) {
    button.dataset.sure = 'yes';
    button.textContent = 'Disconnect it now?';
    return;
  }
  button.disabled = true;
  await ask('disconnect', { session });
  await refresh();
}
