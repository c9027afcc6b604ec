// Portkey's gateway, from npm.

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, type Subject, start } from '../subjects.ts';

const NAME = '@portkey-ai/gateway';

/** Installs it into `folder`. Throws where it cannot be had. */
export async function startPortkey(upstream: Pick<Subject, 'url'>, folder: string): Promise<Subject> {
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(import.meta.dirname, 'portkey.package.json'), join(folder, 'package.json'));
  const npm = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', npm, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], timeout: 120_000 });
  const entry = join(folder, 'node_modules', NAME, 'build', 'start-server.js');
  return start({
    name: NAME,
    command: [entry, `--port=${await freePort()}`, '--headless'],
    environment: { NODE_ENV: 'production' },
    address: /(http:\/\/localhost:\d+)/,
    path: '/v1/chat/completions',
    headers: {
      authorization: 'Bearer none',
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `${new URL(upstream.url).origin}/v1`,
    },
  });
}
