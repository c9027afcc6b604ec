// Compiles src/ into dist/ for the published package, where Node.js does not strip types.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

rmSync('dist', { recursive: true, force: true });
const tsc = fileURLToPath(new URL('../node_modules/.bin/tsc', import.meta.url));
const { status } = spawnSync(tsc, ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
process.exit(status ?? 1);
