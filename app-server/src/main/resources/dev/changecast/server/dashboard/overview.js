/** How the server is doing: what is wrong, the figures, the sources, ten minutes of plots. */
import { h, table, count, bytes, seconds, percent, since } from './page.js';
import { Plot, strip } from './plot.js';

const PLOTS = [
  { title: 'Connections', lines: [['connections', 'open'], ['users', 'users online']], format: count, least: 10 },
  { title: 'Changes per second', lines: [['changes', 'captured'], ['published', 'published']], format: count, least: 10 },
  { title: 'Messages out per second', lines: [['sent', 'all transports']], format: count, least: 10 },
  { title: 'From commit to connection', lines: [['latency_p99', '99 %'], ['latency_p95', '95 %'], ['latency_p50', 'median']], format: seconds, decades: 0.001 },
  { title: 'Lag of the sources', lines: [], format: seconds, decades: 0.001 },
  { title: 'Bytes out per second', lines: [['sent_bytes', 'before compression']], format: bytes, binary: true, least: 1024 },
  { title: 'Waiting to be written', lines: [['queue_bytes', 'all'], ['longest_queue_bytes', 'longest queue']], format: bytes, least: 65536, binary: true },
  { title: 'Clients that read from the log', lines: [['behind', 'behind']], format: count, least: 10 },
  { title: 'Errors per second', lines: [['errors', 'errors told'], ['closes', 'closed by us'], ['authentication_failures', 'bad tokens']], format: count, least: 1 },
  { title: 'Processor', lines: [['cpu', 'this server'], ['machine_cpu', 'machine'], ['collecting', 'garbage']], format: percent, least: 1 },
  { title: 'Memory', lines: [['resident', 'resident'], ['heap', 'heap']], format: bytes, binary: true, least: 64 * 1024 * 1024 },
  { title: 'Database connections', lines: [['database_active', 'in use'], ['database_idle', 'idle']], format: count, least: 4 },
].map((plot) => new Plot({ ...plot, lines: plot.lines.map(([name, label]) => ({ name, label })) }));

const LAG = PLOTS[4];

/** As many lines as have a colour of their own. */
const MOST_LAGS = 6;

/** What close codes mean to an operator. */
const CLOSES = {
  1001: 'going away', 1008: 'against the rules', 1009: 'message too large', 1011: 'the server failed', 4400: 'no client of this protocol',
  4401: 'token wrong, expired or revoked', 4403: 'origin not allowed', 4408: 'no token in time', 4409: 'replaced by a newer one',
  4429: 'over a limit', 4500: 'disconnected by hand', 4501: 'the server was going or full', 4508: 'too slow for the log',
};

const open = new Set();

export function begin() {
  document.querySelector('#plots').append(...PLOTS.map((plot) => plot.element));
}

/**
 * @param answer of the server
 * @param {import('./plot.js').History} history
 */
export function show(answer, history) {
  const now = Date.parse(answer.time);
  tiles(answer.now, history);
  sources(answer.now, history, now);
  LAG.draws(answer.now.sources.filter((source) => source.name !== 'live').slice(0, MOST_LAGS)
    .map(({ name }) => ({ name: `lag.${name}`, label: name })));
  PLOTS.forEach((plot) => plot.show(history));
  const fill = (id, content) => document.querySelector(id).replaceChildren(content);
  fill('#slowest', slowest(answer.now.slowest));
  fill('#refused', refused(answer.now.refused));
  fill('#routes', table(['Route', '#Matches', '#Messages'], answer.now.routes
    .toSorted((a, b) => b.delivered - a.delivered)
    .slice(0, 20)
    .map((route) => [h('code', {}, route.from), count(route.matches), count(route.delivered)]), 'There are no routes.'));
  fill('#transports', table(['Transport', '#Open', '~#Opened', '#Sent', '#Bytes', '~#Received'], answer.now.transports
    .map((one) => [one.name, count(one.open), count(one.opened), count(one.messages_sent), bytes(one.bytes_sent), count(one.messages_received)]),
  'Nobody has come yet.'));
}

function tile(title, value, more, share) {
  return h('div', { class: share > 0.9 ? 'tile tight' : 'tile' },
    h('dt', {}, title), h('dd', {}, value),
    share === undefined ? null : bar(share),
    h('dd', { class: 'soft' }, more ?? '\u00a0'));
}

function bar(share) {
  const full = h('i', { class: 'share' }, h('i'));
  full.firstChild.style.width = `${Math.min(100, Math.max(share > 0 ? 1 : 0, share * 100))}%`;
  return full;
}

function tiles(now, history) {
  const { sessions, subscriptions, process } = now;
  const transports = now.transports.filter((one) => one.open > 0).map((one) => `${one.name} ${count(one.open)}`).join(' · ');
  const refusing = history.latest('errors');
  const median = history.latest('latency_p50');
  document.querySelector('#tiles').replaceChildren(
    tile('Connections', count(sessions.open), `of ${count(sessions.limit)}${transports && ` · ${transports}`}`, sessions.open / sessions.limit),
    tile('Users online', count(sessions.online_users), [sessions.rooms === 0 ? 'nobody is in a room' : `${count(sessions.rooms)} ${sessions.rooms === 1 ? 'room' : 'rooms'}`,
      sessions.unauthenticated > 0 ? `${count(sessions.unauthenticated)} without a token yet` : null].filter(Boolean).join(' · ')),
    tile('Subscriptions', count(subscriptions.open), subscriptions.open === 0 ? 'nobody follows anything'
      : subscriptions.preparing > 0 ? `${count(subscriptions.preparing)} preparing` : 'all ready'),
    tile('Changes in', `${count(history.latest('changes') ?? 0)}/s`, `${count(history.latest('published') ?? 0)}/s published`),
    tile('Messages out', `${count(history.latest('sent') ?? 0)}/s`, `${bytes(history.latest('sent_bytes') ?? 0)}/s`),
    tile('Commit to connection, median', seconds(median), median === null ? 'nothing in the last minute'
      : `95\u00a0%\u00a0${seconds(history.latest('latency_p95'))} · 99\u00a0%\u00a0${seconds(history.latest('latency_p99'))}`),
    tile('Waiting', bytes(sessions.queue_bytes), sessions.behind > 0 ? `${count(sessions.behind)} behind` : 'nobody behind'),
    tile('Errors', `${count(refusing ?? 0)}/s`, `${count(sessions.authentication_failures)} bad tokens in all`),
    tile('Processor', percent(history.latest('cpu')), `of ${process.processors} · machine ${percent(history.latest('machine_cpu'))}`, history.latest('cpu') ?? 0),
    tile('Heap', bytes(process.heap_used), `of ${bytes(process.heap_max)} · resident ${bytes(process.resident)}`, process.heap_used / process.heap_max),
    tile('Files and sockets', process.files < 0 ? '–' : count(process.files), `of ${count(process.files_max)} · ${count(process.threads)} threads`,
      process.files < 0 ? undefined : process.files / process.files_max),
    databases(now),
  );
}

const has = (source, end) => source.figures.some((figure) => figure.name.endsWith(end));

/** The pools of the sources that have one and reach their database, and Redis. */
function databases({ sources, beside }) {
  const redis = beside.redis_pubsub ? `Redis ${beside.redis_pubsub.state}` : null;
  const figures = sources.filter((source) => source.state === 'streaming').flatMap((source) => source.figures);
  const sum = (end, state) => figures.filter((figure) => figure.name.endsWith(end) && (!state || figure.labels.state === state))
    .reduce((all, figure) => all + figure.value, 0);
  if (!figures.some((figure) => figure.name.endsWith('_connections'))) return tile('Database connections', '–', redis ?? 'none is known');
  // The pools of PostgreSQL have one, what reads Redis and MongoDB has not.
  const bounded = sources.every((source) => has(source, '_connections_limit') || !has(source, '_connections'));
  const limit = bounded ? sum('_connections_limit') : 0;
  const awaited = sum('_connections_awaited');
  const inUse = sum('_connections', 'active');
  return tile('Database connections', count(inUse + sum('_connections', 'idle')), [`${count(inUse)} in use`, limit > 0 ? `of ${count(limit)}` : null,
    awaited > 0 ? `${count(awaited)} awaited` : null, redis].filter(Boolean).join(' · '), limit > 0 ? inUse / limit : undefined);
}

// ---- Sources

function sources(now, history, time) {
  const rows = now.sources.flatMap((source) => {
    const tone = source.ready ? 'good' : source.state === 'starting' ? 'warn' : 'bad';
    const expanded = open.has(source.name);
    const toggle = h('button', {
      class: 'row', type: 'button', 'aria-expanded': String(expanded),
      onclick: () => {
        if (!open.delete(source.name)) open.add(source.name);
        sources(now, history, time);
      },
    }, h('span', { class: `dot ${tone}` }), source.name);
    const published = source.name === 'live';
    const late = source.ready ? 'number' : 'number soft';
    const row = h('tr', { class: source.ready ? '' : 'attention' },
      h('td', {}, toggle),
      h('td', { class: tone }, source.state, ' ', h('span', { class: 'soft' }, since(source.since, time))),
      h('td', { class: late }, seconds(source.lag)),
      h('td', { class: 'number minor' }, seconds(source.silence)),
      h('td', { class: 'number' }, `${count(history.latest(published ? 'published' : `changes.${source.name}`) ?? 0)}/s`),
      h('td', { class: 'number minor' }, count(source.changes)),
      h('td', { class: 'number minor' }, seconds(source.latency.p99)),
      h('td', { class: 'minor' }, h('code', {}, source.position ?? '–')),
      h('td', { class: 'number minor' }, bytes(source.log.bytes), h('span', { class: 'soft' }, source.log.held_from ? ` of ${since(source.log.held_from, time)}` : '')),
      h('td', { class: 'minor' }, published ? h('span', { class: 'soft' }, 'published messages') : strip(history, `up.${source.name}`)));
    const lines = [row];
    if (source.reason && !source.ready) {
      lines.push(h('tr', { class: 'attention' }, h('td', { colspan: 10, class: 'reason' }, source.reason)));
    }
    if (expanded) lines.push(h('tr', {}, h('td', { colspan: 10 }, details(source, time))));
    return lines;
  });
  document.querySelector('#sources').replaceChildren(table(
    ['Source', 'State', '#Lag', '~#Last sign of life', '#Changes', '~#In all', '~#99 % within', '~Position', '~#Log', '~Ten minutes'], rows, 'There are no sources.'));
}

function details(source, time) {
  const figures = source.figures.map((figure) => h('div', { title: figure.description },
    h('dt', {}, spoken(figure), labels(figure.labels)), h('dd', {}, figure.name.endsWith('_bytes') ? bytes(figure.value)
      : figure.name.endsWith('_seconds') ? seconds(figure.value) : count(figure.value))));
  return h('div', { class: 'details' },
    ...source.problems.map((problem) => h('p', { class: 'bad' }, problem)),
    h('dl', { class: 'facts' },
      fact('Position', h('code', {}, source.position ?? '–')),
      fact('Last sign of life', source.silence === null ? 'none yet' : `${seconds(source.silence)} ago`),
      fact('Changes in all', count(source.changes)),
      fact('Transactions', count(source.transactions)),
      fact('99 % delivered within', seconds(source.latency.p99)),
      fact('Log', `${bytes(source.log.bytes)}${source.log.held_from ? ` of ${since(source.log.held_from, time)}` : ''}`),
      fact('Failures', count(source.failures)),
      fact('Matches', count(source.matches)),
      fact('Messages of them', count(source.delivered)),
      fact('Log in memory', bytes(source.log.memory_bytes)),
      fact('Not on disk yet', bytes(source.log.waiting_bytes)),
      ...figures));
}

/** A figure's name without what is beside it anyway: whose it is, and its unit. */
function spoken({ name }) {
  const words = name.replace(/^changecast_(source_)?/, '').replace(/^(postgres|mongo|redis)_/, '').replace(/_(bytes|seconds|total)$/, '').replaceAll('_', ' ');
  return words[0].toUpperCase() + words.slice(1);
}

function labels(all) {
  const values = Object.values(all);
  return values.length > 0 ? ` (${values.join(', ')})` : '';
}

export function fact(name, value) {
  return h('div', {}, h('dt', {}, name), h('dd', {}, value));
}

// ---- Clients

export function sessionLink(session) {
  return h('a', { href: `#session=${encodeURIComponent(session.session)}` }, session.user ?? session.session.slice(0, 8));
}

function slowest(sessions) {
  return table(['Client', '~By', '~From', '#Waiting', '#Takes nothing', '#Behind'], sessions.slice(0, 10).map((session) => [
    sessionLink(session), session.transport, session.address, bytes(session.waiting_bytes),
    session.stalled > 0 ? seconds(session.stalled) : '–', session.behind > 0 ? seconds(session.behind) : '–']), 'Nobody waits for anything.');
}

function refused({ errors, closes }) {
  const rows = [
    ...Object.entries(errors).filter(([, times]) => times > 0).map(([name, times]) => ['error', name, times]),
    ...Object.entries(closes).filter(([, times]) => times > 0).map(([code, times]) => ['close', `${code} ${CLOSES[code] ?? ''}`, times]),
  ].sort((a, b) => b[2] - a[2]);
  return table(['Kind', 'What', '#Times'], rows.slice(0, 12).map(([kind, what, times]) => [h('span', { class: 'soft' }, kind), what, count(times)]),
    'Nothing was refused.');
}
