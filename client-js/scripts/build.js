// Makes what is generated: the types, and the client as one small file. Needs `npm install`.
//   npm run build
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sourceHash } from './sources.js';

const root = fileURLToPath(new URL('..', import.meta.url));

rmSync(`${root}/types`, { recursive: true, force: true });
execFileSync(process.execPath, [`${root}/node_modules/typescript/bin/tsc`, '-p', root], { stdio: 'inherit' });
appendFileSync(`${root}/types/index.d.ts`, `// Made from the sources ${sourceHash()}.\n`);
await build({
  entryPoints: [`${root}/index.js`],
  outfile: `${root}/dist/client.js`,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  charset: 'utf8',
  banner: { js: `/* Changecast client, Apache-2.0. Made from the sources ${sourceHash()}. */` },
});
