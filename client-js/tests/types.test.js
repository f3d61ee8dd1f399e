import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = join(root, 'node_modules/typescript/bin/tsc');
const skip = !existsSync(compiler) && 'needs TypeScript: npm install';

function compile(...options) {
  const { status, stdout } = spawnSync(process.execPath, [compiler, ...options], { cwd: root, encoding: 'utf8' });
  return { status, stdout };
}

function inDirectory(what) {
  const directory = mkdtempSync(join(root, 'tests/types-')); // Here the package finds itself by its name.
  try {
    what(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('the types are those that are generated', { skip }, () => {
  inDirectory((directory) => {
    assert.deepEqual(compile('-p', root, '--outDir', directory), { status: 0, stdout: '' });
    const names = readdirSync(directory, { recursive: true }).filter((name) => name.endsWith('.d.ts'));
    assert.ok(names.includes('index.d.ts') && names.includes('react.d.ts'));
    for (const name of names) {
      const present = readFileSync(join(root, 'types', name), 'utf8').replace(/\/\/ Made from the sources.*\n/, '');
      assert.equal(present, readFileSync(join(directory, name), 'utf8'), `types/${name} is old: npm run build`);
    }
  });
});

test('TypeScript knows what can be done with a client, and what cannot', { skip }, () => {
  inDirectory((directory) => {
    const file = join(directory, 'use.ts');
    writeFileSync(file, `
      import { connect, connectShared, ChangecastError, type Row, type State, type View } from 'changecast';
      import { useLive } from 'changecast/react';

      const client = connect({ url: 'wss://example.com', token: async (why) => (why?.code === 4401 ? null : 'token') });
      const state: State = client.state;
      const live = client.live('desks', { floor: 1 }, { orderBy: ['-name'], compare: (a: Row, b: Row) => a.id - b.id });
      live.on('changed', (changed) => changed.map(({ row, old }) => [row.id, old.id]));
      live.on('error', (error: ChangecastError) => error.retry);
      const view: View = useLive(connectShared({ name: 'me' }), 'desks');
      const written: Promise<{ offset?: string }> = client.transaction(918n);
      // @ts-expect-error there is no such event
      live.on('renamed', () => {});
      // @ts-expect-error a token is text
      connect({ token: () => 7 });
      export { state, view, written };
    `);
    const strict = ['--ignoreConfig', '--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', '--lib', 'es2022,dom', '--types', ''];
    assert.deepEqual(compile(...strict, file), { status: 0, stdout: '' });
  });
});
