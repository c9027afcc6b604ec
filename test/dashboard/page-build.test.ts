// The page is built anew (by an install, or by npm pack) while servers start.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { pageFolder, readPageFiles } from '../../src/dashboard/pages/page-files.ts';
import { temporaryFolder } from '../at-end.ts';

test('a server that starts during a build finds the whole page', async () => {
  const names = [...readPageFiles(pageFolder()).keys()].sort();
  assert.ok(names.includes('/'));
  const build = spawn(process.execPath, ['scripts/build-web.js'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(build, 'exit');
  while (build.exitCode === null && build.signalCode === null) {
    const files = readPageFiles(pageFolder());
    assert.deepEqual([...files.keys()].sort(), names);
    for (const [path, { bytes }] of files) assert.ok(bytes.length > 0, path);
    await nextTurn();
  }
  assert.deepEqual(await ended, [0, null]);
});

/** As a build is moved in: what it names first, then the page, then what nothing names any more is removed. */
const BUILDS = `
const { rmSync, renameSync, writeFileSync } = require('node:fs');
const { workerData: folder } = require('node:worker_threads');
const write = (name, text) => {
  writeFileSync(folder + '/new', text);
  renameSync(folder + '/new', folder + '/' + name);
};
const rest = new Int32Array(new SharedArrayBuffer(4));
for (let build = 1; build < 60; build += 1) {
  write('assets/' + build + '.js', 'x');
  write('index.html', String(build));
  rmSync(folder + '/assets/' + (build - 1) + '.js');
  // Longer than a look takes.
  Atomics.wait(rest, 0, 0, 5);
}`;

test('a server that starts while another page is moved in finds all that its page names', async (t) => {
  const folder = temporaryFolder(t, 'page');
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'assets', '0.js'), 'x');
  writeFileSync(join(folder, 'index.html'), '0');
  const worker = new Worker(BUILDS, { eval: true, workerData: folder });
  const ended = once(worker, 'exit');
  let isOver = false;
  worker.on('exit', () => {
    isOver = true;
  });
  while (!isOver) {
    const files = readPageFiles(folder);
    assert.ok(files.has(`/assets/${files.get('/')?.bytes}.js`), [...files.keys()].join(' '));
    await nextTurn();
  }
  assert.deepEqual(await ended, [0]);
});
