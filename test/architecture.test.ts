// The house's rules: imports point one way and never in a circle, the proxy's wings do not reach into each other, and
// files stay small.

import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { circlesIn, importGraph, importsOf } from './import-graph.ts';

const LINES_MAX = 400;

/** What the composition root and its parts put together. */
const WIRED: readonly string[] = [
  'access',
  'archive',
  'cache',
  'dashboard',
  'decisions.ts',
  'ledger',
  'policy',
  'pricing',
  'protocols',
  'proxy',
  'record',
  'replay',
  'settings.ts',
  'storage',
  'telemetry',
  'tls',
  'upstream',
  'version.ts',
];

/**
 * Which rooms a room may import besides itself, core and runtime; one that is not in this list may import nothing. The
 * simulator is the demo's and the tests' only.
 */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: [],
  runtime: [],
  protocols: [],
  translation: ['protocols'],
  pricing: [],
  upstream: [],
  redaction: [],
  archive: ['protocols', 'redaction'],
  recorder: ['access', 'protocols', 'redaction', 'upstream'],
  record: [],
  export: [],
  ledger: [],
  cache: [],
  policy: [],
  access: ['record'],
  tls: ['settings.ts'],
  statistics: [],
  replay: ['archive', 'cache', 'ledger', 'policy', 'pricing', 'protocols', 'translation'],
  telemetry: ['protocols', 'redaction'],
  storage: ['access', 'archive', 'cache', 'ledger', 'record', 'replay'],
  doctor: ['access', 'app', 'policy', 'record', 'settings.ts', 'storage', 'telemetry', 'tls', 'upstream'],
  simulator: ['settings.ts'],
  dashboard: [
    'access',
    'archive',
    'cache',
    'ledger',
    'policy',
    'pricing',
    'record',
    'replay',
    'statistics',
    'upstream',
  ],
  settings: ['access', 'archive', 'upstream'],
  'settings.ts': ['settings', 'upstream'],
  'version.ts': [],
  proxy: ['access', 'archive', 'cache', 'ledger', 'policy', 'protocols', 'translation', 'upstream'],
  'decisions.ts': ['cache', 'ledger', 'pricing', 'protocols', 'proxy', 'settings.ts'],
  'offline-explainer.ts': [
    'decisions.ts',
    'ledger',
    'policy',
    'pricing',
    'protocols',
    'proxy',
    'record',
    'settings.ts',
    'storage',
    'upstream',
  ],
  'local-api.ts': [
    'access',
    'cache',
    'dashboard',
    'ledger',
    'policy',
    'record',
    'settings.ts',
    'storage',
    'upstream',
  ],
  app: WIRED,
  'app.ts': ['app', ...WIRED],
  cli: [
    'export',
    'access',
    'app.ts',
    'archive',
    'cache',
    'dashboard',
    'doctor',
    'ledger',
    'local-api.ts',
    'offline-explainer.ts',
    'policy',
    'pricing',
    'protocols',
    'record',
    'recorder',
    'redaction',
    'replay',
    'settings',
    'settings.ts',
    'simulator',
    'statistics',
    'storage',
    'tls',
    'upstream',
    'version.ts',
  ],
};

/**
 * The proxy's wings, and which others each may import besides its own files, the leaves at the top and the rooms below.
 * An explanation makes the decisions of a request in the pipeline's order, so it knows those steps that decide.
 */
const WINGS: Readonly<Record<string, readonly string[]>> = {
  body: [],
  plan: [],
  archive: [],
  cache: [],
  forward: [],
  answer: [],
  tunnel: [],
  explain: ['body', 'plan', 'cache'],
};
/** What every wing may use; the pipeline, which orders the wings, and the server, which starts it, are no leaves. */
const LEAVES = new Set([
  'afterwork.ts',
  'billing-key.ts',
  'body-digest.ts',
  'body-translation.ts',
  'call.ts',
  'caller.ts',
  'content-codings.ts',
  'end-once-read.ts',
  'ending.ts',
  'error-response.ts',
  'estimate-question.ts',
  'exchange.ts',
  'gathered-bytes.ts',
  'guard.ts',
  'header-bound.ts',
  'header-text.ts',
  'headers.ts',
  'hops.ts',
  'listed-price.ts',
  'read-body.ts',
  'request-start.ts',
  'request-times.ts',
  'upstream-head.ts',
]);

/** Rooms that do nothing to the outside: they start no thread and touch no folder and no connection. */
const WORDS: ReadonlySet<string> = new Set(['core', 'statistics', 'translation']);
/** What Node gives them: words about addresses, digests, names at random. */
const HARMLESS: ReadonlySet<string> = new Set(['node:buffer', 'node:crypto', 'node:net', 'node:util']);

const roomOf = (path: string): string => path.split('/')[1] ?? '';

function wrongImports(path: string, source: string): string[] {
  const room = roomOf(path);
  const shared = room in ALLOWED ? ['core', ...(WORDS.has(room) ? [] : ['runtime'])] : [];
  const allowed = [...(ALLOWED[room] ?? []), room, ...shared];
  return importsOf(path, source)
    .filter((target) => target.startsWith('src/') && !allowed.includes(roomOf(target)))
    .map((target) => `${path} imports ${target}`);
}

/** What a room of words takes from Node that could touch the outside; types are only words. */
function wrongMachinery(path: string, source: string): string[] {
  if (!WORDS.has(roomOf(path))) return [];
  const taken = source.matchAll(/^import (?!type )[^;]*?'(node:[\w/]+)'|getBuiltinModule\('([\w:/]+)'\)/gm);
  return [...taken]
    .map(([, imported, loaded]) => imported ?? loaded ?? '')
    .filter((name) => !HARMLESS.has(name))
    .map((name) => `${path} takes ${name}`);
}

/** The first folder or the file below src/proxy/; null for what lies elsewhere. */
function placeInProxy(path: string): string | null {
  return path.startsWith('src/proxy/') ? (path.split('/')[2] ?? null) : null;
}

function wrongWings(path: string, source: string): string[] {
  const place = placeInProxy(path);
  // The top's own files that are no leaves order the wings.
  if (place === null || (place.endsWith('.ts') && !LEAVES.has(place))) return [];
  const allowed = [...(WINGS[place] ?? []), place];
  return importsOf(path, source)
    .filter((target) => {
      const aim = placeInProxy(target);
      return aim !== null && !LEAVES.has(aim) && !allowed.includes(aim);
    })
    .map((target) => `${path} imports ${target}`);
}

/** The browser app shares the words of the dashboard's API, and nothing else. */
function wrongWebImports(path: string, source: string): string[] {
  return importsOf(path, source)
    .filter((target) => !target.startsWith('web/') && target !== 'src/dashboard/contract.ts')
    .map((target) => `${path} imports ${target}`);
}

/** A store knows what all stores share, never another store; and nobody but the registry knows any by name. */
function wrongStoreImports(path: string, source: string): string[] {
  if (path === 'src/storage/registry.ts') return [];
  const [, store = ''] = /^src\/storage\/([^/]+)\//.exec(path) ?? [];
  return importsOf(path, source)
    .filter((target) => {
      const [, other] = /^src\/storage\/([^/]+)\//.exec(target) ?? [];
      return other !== undefined && other !== store && !SHARED_STORAGE.has(other);
    })
    .map((target) => `${path} imports ${target}`);
}

/** Folders of storage that are no store. */
const SHARED_STORAGE: ReadonlySet<string> = new Set([
  'conformance',
  'loading',
  'rollup',
  'rows',
  'sql',
  'transfer',
  'workers',
]);

const isTest = (file: string): boolean => /\.test\.tsx?$/.test(file);
const files = globSync('src/**/*.ts').filter((file) => !isTest(file));
const webFiles = globSync('web/src/**/*.{ts,tsx}').filter((file) => !isTest(file));

function faultsIn(
  paths: readonly string[],
  rule: (path: string, source: string) => readonly string[],
): readonly string[] {
  return paths.flatMap((path) => rule(path, readFileSync(path, 'utf8')));
}

test('every room imports only what its place allows', () => {
  assert.deepEqual(faultsIn(files, wrongImports), []);
});

test('an arrow that points back is found', () => {
  assert.equal(wrongImports('src/core/money.ts', "import { x } from '../proxy/server.ts';").length, 1);
  assert.equal(wrongImports('src/record/a.ts', "const b = await import('../cli/main.ts');").length, 1);
  assert.equal(wrongImports('src/record/a.ts', "import '../cli/main.ts';").length, 1);
  assert.equal(wrongImports('src/attic/a.ts', "import { x } from '../core/money.ts';").length, 1);
  assert.equal(wrongImports('src/record/a.ts', "import { x } from '../core/money.ts';").length, 0);
});

test('the rooms of words touch no folder, no connection and no thread', () => {
  assert.deepEqual(faultsIn(files, wrongMachinery), []);
  const faults = (path: string, source: string): number => wrongMachinery(path, source).length;
  assert.equal(faults('src/core/a.ts', "import { readFileSync } from 'node:fs';"), 1);
  assert.equal(faults('src/core/a.ts', "import {\n  Worker,\n} from 'node:worker_threads';"), 1);
  assert.equal(faults('src/core/a.ts', "const http = process.getBuiltinModule('node:http');"), 1);
  assert.equal(faults('src/core/a.ts', "import type { Socket } from 'node:net';"), 0);
  assert.equal(faults('src/core/a.ts', "import { isIP } from 'node:net';"), 0);
  assert.equal(faults('src/record/a.ts', "import { readFileSync } from 'node:fs';"), 0);
  assert.equal(wrongImports('src/core/a.ts', "import { x } from '../runtime/thread.ts';").length, 1);
  assert.equal(wrongImports('src/record/a.ts', "import { x } from '../runtime/thread.ts';").length, 0);
});

test('no file leads back to itself, types counted', () => {
  assert.deepEqual(circlesIn(importGraph([...files, ...webFiles])), []);
});

test('a circle is found, of values, of types alone, and of a file with itself', () => {
  const sources: Readonly<Record<string, string>> = {
    'src/a/one.ts': "import { two } from './two.ts';\nimport { four } from '../b/four.ts';",
    'src/a/two.ts': "export { three } from '../b/three.ts';",
    'src/b/three.ts': "import type { One } from '../a/one.ts';",
    'src/b/four.ts': "import type { Five } from './five.ts';",
    'src/b/five.ts': "export function five(given: import('./four.ts').Four): void {}",
    'src/b/six.ts': "import { six } from './six.ts';",
    'src/b/seven.ts': "import { one } from '../a/one.ts';",
  };
  const graph = new Map(Object.entries(sources).map(([path, source]) => [path, importsOf(path, source)]));
  assert.deepEqual(circlesIn(graph), [
    'src/a/one.ts → src/a/two.ts → src/b/three.ts → src/a/one.ts',
    'src/b/four.ts → src/b/five.ts → src/b/four.ts',
    'src/b/six.ts → src/b/six.ts',
  ]);
  assert.deepEqual(circlesIn(new Map([['src/a/one.ts', ['src/a/two.ts']]])), []);
});

test("the proxy's wings do not reach into each other", () => {
  assert.deepEqual(faultsIn(files, wrongWings), []);
});

test('a way from one wing into another is found', () => {
  const faults = (path: string, target: string): number =>
    wrongWings(path, `import type { X } from '${target}';`).length;
  assert.equal(faults('src/proxy/forward/delivery.ts', '../answer/relay.ts'), 1);
  assert.equal(faults('src/proxy/forward/delivery.ts', '../pipeline.ts'), 1);
  assert.equal(faults('src/proxy/exchange.ts', './answer/meter-tap.ts'), 1);
  assert.equal(faults('src/proxy/attic/a.ts', '../plan/planner.ts'), 1);
  assert.equal(faults('src/proxy/forward/delivery.ts', '../exchange.ts'), 0);
  assert.equal(faults('src/proxy/forward/delivery.ts', './attempt.ts'), 0);
  assert.equal(faults('src/proxy/explain/explainer.ts', '../plan/planner.ts'), 0);
  assert.equal(faults('src/proxy/pipeline.ts', './answer/answer-path.ts'), 0);
});

test('the browser app imports nothing of the server but the words of its API', () => {
  assert.deepEqual(faultsIn(webFiles, wrongWebImports), []);
  assert.equal(wrongWebImports('web/src/a.tsx', "import { x } from '../../src/core/money.ts';").length, 1);
});

test('no store imports another, and none is known by name but to the registry', () => {
  assert.deepEqual(faultsIn(files, wrongStoreImports), []);
  const source = "import { x } from '../sqlite/store.ts';";
  assert.equal(wrongStoreImports('src/storage/postgres/store.ts', source).length, 1);
  assert.equal(wrongStoreImports('src/app/records.ts', source.replace('..', '../storage')).length, 1);
  assert.equal(wrongStoreImports('src/storage/registry.ts', "import './sqlite/store.ts';").length, 0);
  assert.equal(wrongStoreImports('src/storage/sqlite/a.ts', "import '../rollup/grains.ts';").length, 0);
});

test('no file is longer than the house allows', () => {
  const long = files.filter((file) => readFileSync(file, 'utf8').split('\n').length > LINES_MAX);
  assert.deepEqual(long, []);
});

test('every file opens with what it is for', () => {
  const silent = files.filter((file) => !/^(?:#!.*\n)?\/\/ \S/.test(readFileSync(file, 'utf8')));
  assert.deepEqual(silent, []);
});

test('every file and folder that docs/architecture.md names is there', () => {
  const named = readFileSync('docs/architecture.md', 'utf8').matchAll(/`(src\/[\w./-]*)`/g);
  const paths = [...new Set([...named].map(([, path = '']) => path))];
  assert.ok(paths.length > 20);
  assert.deepEqual(
    paths.filter((path) => !existsSync(path)),
    [],
  );
});

/** Those that a text does not name between backticks. */
const notNamed = (names: readonly string[], text: string): string[] =>
  names.filter((name) => !text.includes(`\`${name}\``));

test('docs/architecture.md names every room, and every file beside them', () => {
  const beside = globSync('src/*.ts').filter((file) => !isTest(file));
  const rooms = globSync('src/*/').map((room) => `${room.replace(/\/?$/, '')}/`);
  assert.ok(rooms.length > 20);
  assert.deepEqual(notNamed([...rooms, ...beside], readFileSync('docs/architecture.md', 'utf8')), []);
});

test('every dependency stands in a decision, and every decision in their index', () => {
  const decisions = globSync('docs/decisions/2*.md');
  const { dependencies, devDependencies, peerDependencies } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  );
  const packages = Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies });
  assert.ok(packages.length > 50);
  assert.deepEqual(notNamed(packages, decisions.map((path) => readFileSync(path, 'utf8')).join('\n')), []);
  assert.deepEqual(notNamed(['left-pad'], '`left-pad-2` 1.0.0'), ['left-pad']);
  const index = readFileSync('docs/decisions/README.md', 'utf8');
  assert.deepEqual(
    decisions.filter((path) => !index.includes(`(${basename(path)})`)),
    [],
  );
});

test('only the demo reaches the simulator', () => {
  const users = files.filter((file) => /from '[^']*simulator\//.test(readFileSync(file, 'utf8')));
  assert.deepEqual(users.filter((file) => !file.startsWith('src/simulator/')).sort(), [
    'src/cli/commands/demo.ts',
    'src/cli/demo-history.ts',
  ]);
});

test('HTTP is taken from where its start costs little', () => {
  const users = files.filter((file) => /^import (?!type )[^;]*'node:http'/m.test(readFileSync(file, 'utf8')));
  assert.deepEqual(users, []);
});
