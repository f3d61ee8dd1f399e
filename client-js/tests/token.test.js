import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { connect } from '../index.js';
import { NodeSocket } from './support/socket.js';

const { CHANGECAST_TOKEN_SERVER: url, CHANGECAST_TOKENS: given, CHANGECAST_API_KEY: key } = process.env;
const skip = !url && 'needs a server that takes tokens: CHANGECAST_TOKEN_SERVER, CHANGECAST_TOKENS, CHANGECAST_API_KEY';

/** A client that has another token when the first one expires, and none after a refusal; and what becomes of it. */
function follow(brief, long, options) {
  const seen = [];
  const asked = [];
  const client = connect({
    url,
    WebSocket: globalThis.WebSocket ?? NodeSocket,
    token: (why) => {
      asked.push(why?.reason);
      return why?.code ? null : why?.reason === 'expiring' ? long : brief;
    },
    ...options,
  });
  client.on('state', ({ state, error }) => seen.push(error?.code ? `${state} ${error.code}` : state));
  return { client, seen, asked };
}

async function until(what, condition) {
  for (let tries = 0; !(await condition()); tries++) {
    assert.ok(tries < 800, `waited in vain for ${what}`);
    await wait(50);
  }
}

const api = (path, body) =>
  fetch(`${url}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { Authorization: `Bearer ${key}` },
    body: body && JSON.stringify(body),
  }).then((response) => response.json());

/** A class that reaches nothing, so that the client polls. */
class NoSocket {
  constructor() {
    queueMicrotask(() => this.onclose?.({ code: 1006, reason: '' }));
  }
  send() {}
  close() {}
}

describe('with tokens of a real server', { skip, timeout: 120_000, concurrency: true }, () => {
  // Of each user a token that lives for some seconds, and one for an hour.
  for (const [way, options, state] of [
    ['a WebSocket', {}, 'connected'],
    ['long polling', { WebSocket: NoSocket }, 'polling'],
  ]) {
    test(`a token is renewed on the open connection, and the client stops when it is revoked: ${way}`, async () => {
      const { user, brief, long } = JSON.parse(given)[state];
      const { client, seen, asked } = follow(brief, long, options);
      await until('the session', () => client.state === state);
      const sessionOf = async () => (await api(`/api/sessions?user=${user}`)).sessions;
      const [first] = await sessionOf();
      await until('the renewal', async () => (await sessionOf())[0]?.expires_at !== first.expires_at);
      await until('the first token to have expired', () => Date.now() > Date.parse(first.expires_at) + 600);
      const [renewed] = await sessionOf();
      assert.equal(renewed.session, first.session);
      assert.equal(client.state, state);
      assert.ok(asked.includes('expiring'));
      assert.equal((await api('/api/revoke', { user })).ended, 1);
      await until('the end', () => client.state === 'disconnected');
      assert.equal(seen.at(-1), 'disconnected 4401');
      client.close();
    });
  }

  test('a wrong token is the end when there is no other', async () => {
    const { client, seen } = follow('nonsense');
    await until('the end', () => client.state === 'disconnected');
    assert.equal(seen.at(-1), 'disconnected 4401');
    client.close();
  });
});
