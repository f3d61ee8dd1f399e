import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { connect } from '../index.js';
import { NodeSocket } from './support/socket.js';

const { CHANGECAST_SERVER_JAR: jar, CHANGECAST_SERVER_CLASSPATH: classPath } = process.env;
const skip = !jar && !classPath && 'needs a built server: CHANGECAST_SERVER_JAR=../app-server/target/app-server-….jar';

/** The demo: a real PostgreSQL, a real server, and people who change the rows all the time. */
class Demo {
  constructor(port, postgresPort) {
    this.directory = mkdtempSync(join(tmpdir(), 'changecast-client-'));
    this.port = port;
    this.postgresPort = postgresPort;
  }

  async start() {
    const demo = ['demo', '--port', this.port, '--postgres-port', this.postgresPort, '--directory', this.directory];
    const java = join(process.env.JAVA_HOME ?? '', process.env.JAVA_HOME ? 'bin/java' : 'java');
    const program = jar ? ['-jar', jar] : ['-cp', classPath, 'dev.changecast.server.Main'];
    const options = ['-Xmx256m', '-Dguice_bytecode_gen_option=DISABLED', ...program, ...demo.map(String)];
    this.process = spawn(java, options, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    await new Promise((resolve, reject) => {
      const read = (chunk) => {
        output += chunk;
        if (output.includes('Ctrl-C')) {
          resolve();
        }
      };
      this.process.stdout.on('data', read);
      this.process.stderr.on('data', read);
      this.process.once('exit', (code) => reject(new Error(`the demo ended with ${code}: ${output}`)));
    });
    while (!(await fetch(`${this.url}/readyz`)).ok) {
      await wait(100);
    }
  }

  /** @param signal SIGKILL is kill -9: nothing is told to anybody */
  async stop(signal) {
    const exited = once(this.process, 'exit');
    this.process.kill(signal);
    await exited;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What a SELECT says now. */
  async select() {
    return (await fetch(`${this.url}/demo/workstations`)).json();
  }

  /** An ordinary UPDATE; the transaction's name. */
  async update(id, change) {
    const response = await fetch(`${this.url}/demo/workstations/${id}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: this.url },
      body: JSON.stringify(change),
    });
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json()).tx;
  }
}

/** The next event of a live collection for which the condition holds; at once when it holds already. */
function until(live, condition) {
  return new Promise((resolve, reject) => {
    const stops = ['update', 'state', 'ready'].map((name) => live.on(name, check));
    function check() {
      if (condition() || live.error) {
        stops.forEach((stop) => stop());
        condition() ? resolve() : reject(live.error);
      }
    }
    queueMicrotask(check);
  });
}

/** The rows equal a SELECT: people go on changing them, so it may take some tries until the two were taken together. */
async function equalsSelect(live, demo, filter) {
  for (let tries = 0; ; tries++) {
    const before = JSON.stringify(live.rows);
    const selected = (await demo.select()).filter(filter);
    const compare = (rows) => rows.map(({ id, status, employee, notes }) => ({ id, status, employee, notes }));
    for (const rows of [JSON.parse(before), live.rows]) {
      if (JSON.stringify(compare(rows)) === JSON.stringify(compare(selected))) {
        return;
      }
    }
    if (tries === 20) {
      assert.deepEqual(compare(live.rows), compare(selected));
    }
    const [{ id, status, employee, notes }] = selected;
    await live.client.transaction(await demo.update(id, { status, employee, notes }));
  }
}

describe('against the real server', { skip, timeout: 180_000 }, () => {
  const demo = !skip && new Demo(20_000 + (process.pid % 10_000), 31_000 + (process.pid % 10_000));
  let client;
  let live;
  let floor;
  const resets = [];

  before(async () => {
    assert.ok(!jar || existsSync(jar), `there is no ${jar}`);
    await demo.start();
    client = connect({ url: demo.url, WebSocket: globalThis.WebSocket ?? NodeSocket });
    live = Object.assign(client.live('workstations'), { client });
    floor = Object.assign(client.live('workstations', { floor_number: 1, status: { $in: ['occupied', 'reserved'] } }), { client });
    for (const each of [live, floor]) {
      each.on('reset', (event) => resets.push(event));
    }
    await Promise.all([until(live, () => live.state === 'ready'), until(floor, () => floor.state === 'ready')]);
  });

  after(async () => {
    client?.close();
    if (demo.process?.exitCode === null) {
      await demo.stop('SIGTERM');
    }
    rmSync(demo.directory, { recursive: true, force: true });
  });

  const onFloor = ({ floor_number: number, status }) => number === 1 && ['occupied', 'reserved'].includes(status);

  test('the rows equal what a SELECT says', async () => {
    assert.ok(live.rows.length > 30, 'an office has some forty desks');
    await equalsSelect(live, demo, () => true);
    await equalsSelect(floor, demo, onFloor);
  });

  test('one waits for one\'s own write, and sees it', async () => {
    const tx = await demo.update(3, { status: 'maintenance', employee: null, notes: 'mine' });
    await client.transaction(tx);
    assert.deepEqual([live.get(3).status, live.get(3).notes], ['maintenance', 'mine']);
    assert.equal(floor.get(3), undefined);
  });

  test('one waits for a write that concerns nothing that is shown', async () => {
    const other = connect({ url: demo.url, WebSocket: globalThis.WebSocket ?? NodeSocket });
    const nobody = other.live('workstations', { employee: 'nobody of this name' });
    await until(nobody, () => nobody.state === 'ready');
    assert.deepEqual(await other.transaction(await demo.update(4, { status: 'available', employee: null, notes: 'x' })), {});
    assert.deepEqual(nobody.rows, []);
    other.close();
  });

  test('where no WebSocket comes through it polls, and has the same', async () => {
    class Refused {
      constructor() {
        queueMicrotask(() => this.onclose?.({ code: 1006, reason: '' }));
      }

      close() {}
    }
    const polling = connect({ url: demo.url, WebSocket: Refused });
    const all = Object.assign(polling.live('workstations'), { client: polling });
    await until(all, () => all.state === 'ready');
    assert.equal(polling.state, 'polling');
    await equalsSelect(all, demo, () => true);
    await polling.transaction(await demo.update(6, { status: 'available', employee: null, notes: 'polled' }));
    assert.equal(all.get(6).notes, 'polled');
    polling.close();
  });

  test('each update is a whole transaction, the same in both subscriptions', async () => {
    let seen = 0;
    const both = () => {
      seen++;
      const expected = live.rows.filter(onFloor).map(({ id }) => id);
      assert.deepEqual(floor.rows.map(({ id }) => id), expected);
    };
    const stop = live.on('update', both);
    await until(live, () => seen >= 10);
    stop();
  });

  test('a server that was killed and started again is resumed without a gap and without a snapshot', async () => {
    await demo.stop('SIGKILL');
    await until(live, () => live.state === 'stale');
    await demo.start();
    client.connect();
    await Promise.all([until(live, () => live.state === 'ready'), until(floor, () => floor.state === 'ready')]);
    await equalsSelect(live, demo, () => true);
    await equalsSelect(floor, demo, onFloor);
    await client.transaction(await demo.update(5, { status: 'available', employee: null, notes: 'after' }));
    assert.equal(live.get(5).notes, 'after');
    assert.deepEqual(resets, []);
  });

  test('what this server does not allow is refused by its number', async () => {
    await assert.rejects(client.joinRoom('lobby'), { code: 4003, reason: 'forbidden', retry: false });
    const wrong = client.live('workstations', { floor: 1 });
    await until(wrong, () => wrong.state === 'error');
    assert.equal(wrong.error.code, 4004);
  });
});
