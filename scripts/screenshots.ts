// `npm run screenshots`: every tab of the dashboard in light, dark and on a phone, empty and full, into docs/pictures/.
// `-- keys request` takes those alone. Starts a server without a record and a demo with a month of them, on free ports and in folders of their own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { readFolderToken } from '../src/access/login/folder-token.ts';
import { UserFile } from '../src/access/login/users.ts';
import { demoFolder } from '../src/simulator/demo/folder.ts';

const FOLDER = join('docs', 'pictures');
/** Parts of the pictures' names; none for all. */
const ONLY = process.argv.slice(2);
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'];
const WIDE = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };
const TABS = {
  overview: '/?span=30d',
  cost: '/?tab=cost&span=30d',
  experiments: '/?tab=experiments',
  system: '/?tab=system',
};
/** For charts to be drawn and figures to come. */
const SETTLE_MS = 2500;
const LOADED_MS_MAX = 180_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

interface Running {
  readonly url: string;
  readonly dataDir: string;
  stop(): Promise<void>;
}

async function start(command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Running> {
  const home = mkdtempSync(join(tmpdir(), 'tokenwatch-pictures-'));
  const [port, dashboardPort] = [await freePort(), await freePort()];
  const ports = ['--port', String(port), '--dashboard-port', String(dashboardPort)];
  const child: ChildProcess = spawn(process.execPath, ['bin/tokenwatch.js', ...command, ...ports], {
    env: {
      ...process.env,
      XDG_DATA_HOME: home,
      TOKENWATCH_CACHE_ENABLED: 'true',
      TOKENWATCH_STORE_PROMPTS: 'true',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${dashboardPort}`;
  for (;;) {
    const isUp = await fetch(`${url}/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (isUp) break;
    if (child.exitCode !== null) throw new Error(`${command.join(' ')} ended with ${child.exitCode}`);
    await sleep(200);
  }
  return {
    url,
    dataDir: command[0] === 'demo' ? demoFolder(join(home, 'tokenwatch')) : join(home, 'tokenwatch'),
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** What a user might have set. */
async function furnish(url: string): Promise<void> {
  const documents: readonly (readonly [string, unknown])[] = [
    ['/api/budgets', { name: 'everything', limit: '60', period: 'daily', thresholds: '50,80,100' }],
    ['/api/budgets', { name: 'agents', limit: '400', period: 'monthly', app: 'claude-code', action: 'warn' }],
    [
      '/api/routes',
      {
        name: 'small-prompts',
        conditions: [{ type: 'token_count', value: '<200' }],
        target: 'claude-haiku-4-5',
        api: 'anthropic',
      },
    ],
    [
      '/api/routes',
      {
        name: 'thrift',
        conditions: [{ type: 'budget_left', value: '<20%' }],
        target: 'gpt-4o-mini',
        api: 'openai',
      },
    ],
    [
      '/api/tags',
      { name: 'platform', condition: { type: 'source_app', value: 'claude-code' }, tag: 'team=platform' },
    ],
    ['/api/cache-rules', { name: 'no-agents', app: 'claude-code', cache: false }],
    [
      '/api/experiments',
      { name: 'cheaper', modelA: 'claude-sonnet-4-5', modelB: 'claude-haiku-4-5', split: 50 },
    ],
  ];
  for (const [path, document] of documents) {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(document),
    });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  }
}

/** Access keys, each with some requests of its own, and the right to change them. */
async function furnishKeys({ url, dataDir }: Running, page: Page): Promise<void> {
  const authorization = `Bearer ${readFolderToken(dataDir)}`;
  const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const headers = { authorization, 'content-type': 'application/json' };
    const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  };
  const { proxyUrl } = (await (await fetch(`${url}/api/status`)).json()) as { proxyUrl: string };
  const keys = [
    { name: 'ci', app: 'ci', tag: 'team=platform', models: 'claude-haiku-*', rpm: 60, expires: '90d' },
    { name: 'ada', user: 'ada', concurrency: 4, tpm: 200_000 },
    { name: 'batch/nightly', app: 'nightly', models: 'gpt-4o-mini, claude-*' },
  ];
  for (const [index, key] of keys.entries()) {
    const { key: text } = await post('/api/keys', key);
    for (let number = 0; number < 4 * (2 - index); number += 1)
      await fetch(`${proxyUrl}/anthropic/v1/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-tokenwatch-key': String(text) },
        body: JSON.stringify({
          model: 'claude-haiku-4-5',
          max_tokens: 200,
          messages: [{ role: 'user', content: `Summarise change ${number} of ${key.name}` }],
        }),
      }).then((response) => response.arrayBuffer());
  }
  await post('/api/keys/ci', { grace: '1d' });
  const { added } = await post('/api/links', {});
  await page.goto(url + (added as { path: string }).path);
  // The link leads on by itself.
  await page.getByRole('navigation', { name: 'Tabs' }).waitFor();
}

async function picture(
  page: Page,
  url: string,
  name: string,
  open?: (page: Page) => Promise<void>,
): Promise<void> {
  if (ONLY.length > 0 && !ONLY.some((part) => name.includes(part))) return;
  await page.goto(url);
  await sleep(SETTLE_MS);
  // A busy machine takes longer.
  await page.locator('.skeleton').first().waitFor({ state: 'detached', timeout: LOADED_MS_MAX });
  await sleep(SETTLE_MS / 5);
  await open?.(page);
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
  console.log(`${FOLDER}/${name}.png`);
}

async function openRequest(page: Page): Promise<void> {
  await page.locator('.grid-row').getByText('ok 200').first().click();
  await page.getByTestId('drawer').getByText('Tokens and money').waitFor();
  await sleep(SETTLE_MS / 5);
}

async function takeAll(browser: Browser): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const light = await browser.newPage({ viewport: WIDE, colorScheme: 'light' });
  const dark = await browser.newPage({ viewport: WIDE, colorScheme: 'dark' });
  const phone = await browser.newPage({ viewport: PHONE, colorScheme: 'light' });
  const empty = await start(['start']);
  try {
    for (const [tab, path] of Object.entries(TABS)) await picture(light, empty.url + path, `${tab}-empty`);
  } finally {
    await empty.stop();
  }
  const shut = await start(['start'], { TOKENWATCH_DASHBOARD_LOGIN: 'on' });
  try {
    new UserFile(shut.dataDir).add({
      name: 'ann',
      role: 'admin',
      password: 'nobody comes in',
      createdAtMs: 1,
    });
    await picture(light, shut.url, 'login-light');
    await picture(dark, shut.url, 'login-dark');
  } finally {
    await shut.stop();
  }
  const full = await start(['demo', '--history', '30d', '--requests', '900', '--rate', '5']);
  try {
    await furnish(full.url);
    // Some traffic of today, for the table, the cache and the test.
    await sleep(30_000);
    for (const [tab, path] of Object.entries(TABS)) {
      await picture(light, full.url + path, `${tab}-light`);
      await picture(dark, full.url + path, `${tab}-dark`);
      await picture(phone, full.url + path, `${tab}-phone`);
    }
    await picture(light, `${full.url}/?span=1h`, 'request-light', openRequest);
    await picture(dark, `${full.url}/?tab=system&section=routes`, 'routes-dark');
    await furnishKeys(full, light);
    await picture(light, `${full.url}/?tab=system&section=keys`, 'keys-light');
  } finally {
    await full.stop();
  }
}

const browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: FLAGS });
try {
  await takeAll(browser);
} finally {
  await browser.close();
}
