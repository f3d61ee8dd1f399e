/** What somebody may see, and why. */
import { h, ask } from './page.js';

const form = () => document.querySelector('#access-form');

export function begin() {
  form().addEventListener('submit', (event) => {
    event.preventDefault();
    const { user, roles, claims, collection } = form();
    explain(new URLSearchParams({ user: user.value.trim(), roles: roles.value, claims: claims.value.trim(), collection: collection.value.trim() }));
  });
}

/** @param {string} session whose client is explained */
export function look(session) {
  explain(new URLSearchParams({ session }));
}

async function explain(query) {
  const state = document.querySelector('#access-state');
  const list = document.querySelector('#access-list');
  try {
    const { identity, total, collections } = await ask(`explain?${query}`);
    form().user.value = identity.user ?? '';
    form().roles.value = identity.roles.join(', ');
    form().claims.value = Object.keys(identity.claims).length === 0 ? '' : JSON.stringify(identity.claims);
    const allowed = collections.filter((one) => one.allowed).length;
    const who = identity.user === null ? 'Somebody anonymous' : `User ${identity.user}`;
    state.className = 'soft';
    state.textContent = `${who}${identity.roles.length > 0 ? ` with the roles ${identity.roles.join(', ')}` : ''} may read ${allowed} of ${total} `
      + `${total === 1 ? 'collection' : 'collections'}${collections.length < total ? `; the first ${collections.length} are shown` : ''}.`;
    list.replaceChildren(...collections.toSorted((a, b) => b.allowed - a.allowed).map(rule));
  } catch (failure) {
    state.className = 'bad';
    state.textContent = failure.message;
    list.replaceChildren();
  }
}

function rule(one) {
  const part = (name, texts) => (texts && texts.length > 0
    ? h('div', {}, h('dt', {}, name), ...texts.map((text) => h('dd', {}, text))) : null);
  return h('article', { class: 'rule' },
    h('h3', {}, h('span', { class: one.allowed ? 'dot good' : 'dot' }), one.collection, ' ', h('span', { class: 'soft' }, `${one.source}/${one.relation}`)),
    h('dl', { class: 'facts' },
      part('Reads', [one.allowed ? one.words : `nothing: ${one.why}`]),
      part('As a filter', one.allowed && Object.keys(one.rows).length > 0 ? [h('code', {}, JSON.stringify(one.rows))] : []),
      part('Lacks', one.notes),
      part('Columns', one.columns && [one.columns.join(', ')]),
      part('Hidden', one.hidden.length > 0 ? [one.hidden.join(', ')] : []),
      part('Pushes', one.pushes),
      part('Routes', one.routes.length > 0 ? [h('code', {}, one.routes.join('  '))] : ['none'])));
}
