import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { sourceHash, sources } from '../scripts/sources.js';
import { settle } from './support/clock.js';
import { change, FakeServer } from './support/server.js';

const root = new URL('..', import.meta.url);
const read = (name) => readFileSync(new URL(name, root), 'utf8');

test('the one small file and the types were made from these sources', () => {
  for (const name of ['dist/client.js', 'types/index.d.ts']) {
    const [, made] = read(name).match(/from the sources (\w+)\./);
    assert.equal(made, sourceHash(), `the sources have changed since ${name} was made: npm install && npm run build`);
  }
});

test('all of it is less than 12 KB, compressed', (context) => {
  const sizes = ['dist/client.js', 'react.js'].map((name) => gzipSync(read(name), { level: 9 }).length);
  context.diagnostic(`client ${sizes[0]} bytes, react ${sizes[1]} bytes`);
  assert.ok(sizes[0] + sizes[1] < 12 * 1024, `${sizes} bytes`);
});

test('the small file is the whole client, and works', async () => {
  const [small, plain] = await Promise.all([import('../dist/client.js'), import('../index.js')]);
  assert.deepEqual(Object.keys(small).sort(), Object.keys(plain).sort());
  const server = new FakeServer();
  const client = small.connect({ url: 'ws://server/ws', WebSocket: server.WebSocket, clock: server.clock });
  const live = client.live('desks');
  await settle();
  server.socket.welcome().subscribed('C', { rows: [{ id: 2 }] }).tell(change('C', 'insert', { id: 1 }));
  assert.deepEqual(live.rows, [{ id: 1 }, { id: 2 }]);
  client.close();
});

test('the modules need nothing but each other, and react.js React', () => {
  const { dependencies } = JSON.parse(read('package.json'));
  assert.equal(dependencies, undefined);
  for (const name of sources()) {
    for (const [, from] of read(name).matchAll(/^(?:import|export) .* from '(.*)';$/gm)) {
      assert.ok(/^\.\.?\//.test(from) || (name === 'react.js' && from === 'react'), `${name} imports ${from}`);
    }
  }
});

test('the package holds the modules, the small file and the types, and nothing else', (context) => {
  const packed = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'], {
    cwd: fileURLToPath(root),
    encoding: 'utf8',
  });
  if (packed.error) {
    context.skip('needs npm');
    return;
  }
  assert.equal(packed.status, 0, packed.stderr);
  const listed = JSON.parse(packed.stdout);
  const [{ files }] = Array.isArray(listed) ? listed : Object.values(listed);
  const names = files.map(({ path }) => path);
  const expected = [...sources(), 'client/types.js', 'dist/client.js', 'LICENSE', 'README.md', 'package.json'];
  assert.deepEqual(names.filter((name) => !name.startsWith('types/')).sort(), expected.sort());
  assert.ok(['types/index.d.ts', 'types/react.d.ts', 'types/client/types.d.ts'].every((name) => names.includes(name)));
  const { exports } = JSON.parse(read('package.json'));
  for (const target of Object.values(exports).flatMap((each) => Object.values(each))) {
    assert.ok(names.includes(target.slice(2)), `${target} is exported and not there`);
  }
});

test('what npm packs can be installed and used', async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'changecast-pack-'));
  try {
    const packed = spawnSync('npm', ['pack', '--ignore-scripts', '--loglevel=error', `--pack-destination=${directory}`], {
      cwd: fileURLToPath(root),
      encoding: 'utf8',
    });
    if (packed.error) {
      context.skip('needs npm');
      return;
    }
    assert.equal(packed.status, 0, packed.stderr);
    const modules = join(directory, 'node_modules');
    mkdirSync(modules);
    const archive = readdirSync(directory).find((name) => name.endsWith('.tgz'));
    assert.equal(spawnSync('tar', ['-xzf', join(directory, archive), '-C', modules]).status, 0);
    renameSync(join(modules, 'package'), join(modules, 'changecast'));
    writeFileSync(join(directory, 'use.mjs'), `
      import { connect, connectShared, ChangecastError, Client, Live } from 'changecast';
      import * as small from 'changecast/client.min.js';
      const all = [connect, connectShared, ChangecastError, Client, Live].map((each) => typeof each);
      console.log(JSON.stringify([all, Object.keys(small)]));
    `);
    const used = spawnSync(process.execPath, ['use.mjs'], { cwd: directory, encoding: 'utf8' });
    assert.equal(used.status, 0, used.stderr);
    assert.deepEqual(JSON.parse(used.stdout), [
      Array(5).fill('function'), ['ChangecastError', 'Client', 'Live', 'connect', 'connectShared'],
    ]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('the version is that of the project', () => {
  const [, version] = readFileSync(new URL('../pom.xml', root), 'utf8').match(/<version>(.*?)(?:-SNAPSHOT)?<\/version>/);
  assert.equal(JSON.parse(read('package.json')).version, version);
});
