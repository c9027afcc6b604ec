// Runs every test file under Node's own runner: `npm test`, or `npm test -- src/core` for a part.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { resolve } from 'node:path';

const wanted = process.argv.slice(2);
const files = globSync([
  'src/**/*.test.ts',
  'test/**/*.test.ts',
  'web/**/*.test.ts',
  'bench/**/*.test.ts',
  'scripts/**/*.test.ts',
])
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();
if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(' ')}`);
  process.exit(1);
}
const { status } = spawnSync(
  process.execPath,
  ['--test', '--test-concurrency=2', '--test-timeout=300000', '--test-reporter=./test/reporter.ts', ...files],
  // Hundreds of processes read the same modules: their compiled code is kept.
  { stdio: 'inherit', env: { NODE_COMPILE_CACHE: resolve('node_modules/.cache/tests'), ...process.env } },
);
process.exit(status ?? 1);
