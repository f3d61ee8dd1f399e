/** Asks the server every two seconds, and shows the part of the page that the address names. */
import { h, ask, signIn, signedIn, seconds, since, Refused } from './page.js';
import { History } from './plot.js';
import * as overview from './overview.js';
import * as sessions from './sessions.js';
import * as changes from './changes.js';
import * as access from './access.js';

const EVERY = 2000;
const PARTS = ['overview', 'sessions', 'changes', 'access'];

const history = new History();
const troubles = document.querySelector('#troubles');
const dialog = document.querySelector('#sign-in');
let started = '';
let answered = Date.now();
let waits;
let asking = false;
let again = false;

/** The part that the address names, and what of it. */
function place() {
  const [name, value] = decodeURIComponent(location.hash.slice(1)).split(/=(.*)/s);
  const part = name === 'session' ? 'sessions' : PARTS.includes(name) ? name : 'overview';
  return { part, value: value || null };
}

function show() {
  const { part, value } = place();
  PARTS.forEach((name) => {
    document.getElementById(name).hidden = name !== part;
    document.querySelector(`nav a[href="#${name}"]`).setAttribute('aria-current', name === part ? 'page' : 'false');
  });
  sessions.look(part === 'sessions' ? value : null);
  if (part === 'access' && value !== null) access.look(value);
  if (part === 'changes') changes.look().catch(failed);
  look();
}

/** One question at a time: two answers would bring the same part of the history. */
async function look() {
  clearTimeout(waits);
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    if (!document.hidden) await refresh();
  } catch (failure) {
    failed(failure);
  }
  asking = false;
  if (again) {
    again = false;
    look();
  } else if (!dialog.open) {
    waits = setTimeout(look, EVERY);
  }
}

async function refresh() {
  let answer = await ask(`statistics?from=${history.next}`);
  if (answer.started_at !== started) {
    // Another server is there now, which counts from its own beginning.
    const whole = started === '' || history.next === 0;
    started = answer.started_at;
    history.clear();
    if (!whole) answer = await ask('statistics');
  }
  answered = Date.now();
  history.add(answer.history);
  document.querySelector('#sign-out').hidden = !signedIn();
  document.querySelector('#server').replaceChildren(h('span', { class: 'minor' }, `${location.host} · `),
    `up ${since(answer.started_at, Date.parse(answer.time))}`);
  document.body.classList.remove('stale', 'waiting');
  tell(answer);
  const { part } = place();
  if (part === 'overview') overview.show(answer, history);
  if (part === 'sessions') await sessions.refresh(answer.may_end_sessions);
}

/** The first line of the page says what is wrong, or that nothing is. */
function tell(answer) {
  const severe = answer.troubles.some((trouble) => trouble.severe);
  document.title = `${answer.troubles.length > 0 ? `(${answer.troubles.length}) ` : ''}Changecast dashboard`;
  troubles.dataset.tone = severe ? 'bad' : answer.troubles.length > 0 ? 'warn' : 'good';
  if (answer.troubles.length === 0) {
    const sources = answer.now.sources.filter((source) => source.name !== 'live');
    const last = Math.max(...sources.map((source) => source.silence ?? 0));
    troubles.replaceChildren(h('p', {}, h('b', {}, 'Nothing is wrong.'), sources.length === 0 ? ''
      : ` ${sources.length === 1 ? 'The source delivers' : `${sources.length} sources deliver`}; the last sign of life is ${seconds(last)} old.`));
  } else {
    troubles.replaceChildren(...answer.troubles.map((trouble) =>
      h('p', { class: trouble.severe ? 'bad' : 'warn' }, h('b', {}, trouble.about), ' ', trouble.text)));
  }
}

function failed(failure) {
  if (failure instanceof Refused && (failure.status === 401 || failure.status === 403)) {
    document.querySelector('#sign-in-why').textContent = failure.message;
    if (!dialog.open) dialog.showModal();
    return;
  }
  const known = failure instanceof Refused;
  troubles.dataset.tone = 'bad';
  document.title = '(!) Changecast dashboard';
  document.body.classList.add('stale');
  troubles.replaceChildren(h('p', { class: 'bad' }, h('b', {}, known ? 'The server refuses' : 'No answer from the server'), ' ',
    known ? failure.message : started === '' ? 'yet; trying again.'
      : `for ${seconds((Date.now() - answered) / 1000)}. What is below is as old; trying again.`));
  if (!known) console.debug(failure);
}

dialog.addEventListener('cancel', (event) => event.preventDefault());
dialog.querySelector('form').addEventListener('submit', (event) => {
  const field = event.target.elements.key;
  signIn(field.value);
  field.value = '';
  setTimeout(show);
});
document.querySelector('#sign-out').addEventListener('click', () => {
  signIn('');
  location.reload();
});
addEventListener('hashchange', show);
document.addEventListener('visibilitychange', () => document.hidden || look());

[overview, sessions, changes, access].forEach((part) => part.begin());
show();
