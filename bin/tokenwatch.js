#!/usr/bin/env node
// Runs on any Node.js >= 18 and hands over to the Node.js 26 that the npm package `node` brings along.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { isChanged } from './is-changed.js';

const NODE_MAJOR = 26;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function pinnedNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'));
    return ['bin/node.exe', 'bin/node'].map((name) => join(folder, name)).find((file) => existsSync(file));
  } catch {
    return undefined;
  }
}

/** A launcher that was killed takes its program along: nobody is left who could stop it, and it may be spending. */
function stopWithLauncher() {
  delete process.env.TOKENWATCH_LAUNCHED;
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
}

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) {
  // A request passes a hundred small functions once each: V8 is to put more of them into one another.
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=3000');
  // Compiled code is kept for the next start, in a folder of this user's own: what lies there is run.
  const { XDG_CACHE_HOME, LOCALAPPDATA, HOME } = process.env;
  const caches = XDG_CACHE_HOME || LOCALAPPDATA || (HOME && join(HOME, '.cache'));
  if (caches) module.enableCompileCache(join(caches, 'tokenwatch', 'code'));
  if (process.connected && process.env.TOKENWATCH_LAUNCHED === '1') stopWithLauncher();
  // What was joined starts in two thirds of the time; in a clone the source is newer while somebody works on it.
  const source = join(root, 'src', 'cli', 'main.ts');
  await import(existsSync(source) && isChanged(root) ? source : join(root, 'dist', 'cli', 'main.js'));
} else {
  const node = pinnedNode();
  if (node === undefined) {
    console.error(
      `tokenwatch: needs Node.js ${NODE_MAJOR} and found ${process.versions.node}. The npm package "node" brings it, ` +
        'but its install script has not run: run "npm rebuild node" where tokenwatch is installed, or install Node.js 26.',
    );
    process.exit(1);
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, TOKENWATCH_LAUNCHED: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'])
    process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1)));
}
