// Compiles src/ into dist/ for the published package, where Node.js does not strip types.
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

rmSync('dist', { recursive: true, force: true });
const tsc = fileURLToPath(new URL('../node_modules/.bin/tsc', import.meta.url));
const { status } = spawnSync(tsc, ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
const { build } = await import('vite');
await build({ root: 'web', logLevel: 'warn' });
cpSync('web/dist', 'dist/web', { recursive: true });
