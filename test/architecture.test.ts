// The house's rules: imports point one way, and files stay small.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const LINES_MAX = 400;

/** Which rooms a room may import besides itself and core. The simulator is the demo's and the tests' only. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: [],
  protocols: [],
  translation: ['protocols'],
  pricing: [],
  upstream: [],
  record: [],
  ledger: [],
  cache: [],
  policy: [],
  storage: ['cache', 'ledger', 'record'],
  simulator: ['settings.ts'],
  dashboard: ['ledger', 'policy'],
  'settings.ts': ['upstream'],
  'version.ts': [],
  proxy: ['cache', 'ledger', 'policy', 'protocols', 'translation', 'upstream'],
  'decisions.ts': ['cache', 'ledger', 'pricing', 'protocols', 'proxy', 'settings.ts'],
  'offline-explainer.ts': [
    'decisions.ts',
    'ledger',
    'policy',
    'pricing',
    'protocols',
    'proxy',
    'settings.ts',
    'storage',
    'upstream',
  ],
  'app.ts': [
    'decisions.ts',
    'cache',
    'dashboard',
    'policy',
    'version.ts',
    'ledger',
    'pricing',
    'protocols',
    'proxy',
    'record',
    'settings.ts',
    'storage',
    'upstream',
  ],
  cli: [
    'offline-explainer.ts',
    'app.ts',
    'cache',
    'dashboard',
    'version.ts',
    'ledger',
    'policy',
    'protocols',
    'pricing',
    'settings.ts',
    'simulator',
    'storage',
    'upstream',
  ],
};

const roomOf = (path: string): string => path.split('/')[1] ?? '';

function wrongImports(path: string, source: string): string[] {
  const room = roomOf(path);
  const allowed = [
    ...(ALLOWED[room] ?? []),
    room,
    ...(room === 'settings.ts' || room in ALLOWED ? ['core'] : []),
  ];
  return [...source.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)]
    .map((match) => join(dirname(path), match[1] ?? ''))
    .filter((target) => target.startsWith('src/') && !allowed.includes(roomOf(target)))
    .map((target) => `${path} imports ${target}`);
}

const files = globSync('src/**/*.ts').filter((file) => !file.endsWith('.test.ts'));

test('every room imports only what its place allows', () => {
  assert.deepEqual(
    files.flatMap((file) => wrongImports(file, readFileSync(file, 'utf8'))),
    [],
  );
});

test('an arrow that points back is found', () => {
  assert.equal(wrongImports('src/core/money.ts', "import { x } from '../proxy/server.ts';").length, 1);
  assert.equal(wrongImports('src/record/a.ts', "const b = await import('../cli/main.ts');").length, 1);
  assert.equal(wrongImports('src/record/a.ts', "import { x } from '../core/money.ts';").length, 0);
});

test('no file is longer than the house allows', () => {
  const long = files.filter((file) => readFileSync(file, 'utf8').split('\n').length > LINES_MAX);
  assert.deepEqual(long, []);
});

test('only the demo reaches the simulator', () => {
  const users = files.filter((file) => /from '[^']*simulator\//.test(readFileSync(file, 'utf8')));
  assert.deepEqual(
    users.filter((file) => !file.startsWith('src/simulator/')),
    ['src/cli/commands/demo.ts'],
  );
});
