import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { readSettings, type Settings } from '../../settings.ts';
import { type DemoOptions, runDemo } from './demo.ts';
import { demoFolder, prepareDemoFolder, releaseDemoFolder } from './folder.ts';

let root: string;
let data: string;
before(() => {
  root = mkdtempSync(join(tmpdir(), 'tokenwatch-demo-'));
  data = join(root, 'real');
});
after(() => rmSync(root, { recursive: true, force: true }));

interface Stage {
  readonly options: DemoOptions;
  readonly text: () => string;
  readonly given: Settings[];
  readonly stop: AbortController;
  readonly closed: () => number;
}

/** The provider itself stands where the app would: it serves the proxy's paths as well. */
function stage(changes: Partial<DemoOptions> = {}, isTTY = false): Stage {
  let text = '';
  let closed = 0;
  const given: Settings[] = [];
  const stop = new AbortController();
  const options: DemoOptions = {
    settings: readSettings({ TOKENWATCH_DATA_DIR: data }),
    startApp: async (settings) => {
      given.push(settings);
      const proxyUrl = settings.TOKENWATCH_ANTHROPIC_URL.origin;
      return {
        proxyUrl,
        dashboardUrl: 'http://127.0.0.1:1/',
        close: async () => {
          closed += 1;
        },
      };
    },
    fillHistory: null,
    requests: 30,
    ratePerSecond: 2000,
    exit: true,
    keep: false,
    signal: stop.signal,
    output: {
      isTTY,
      write: (more) => {
        text += more;
      },
    },
    clock: systemClock,
    latency: 'none',
    ...changes,
  };
  return { options, text: () => text, given, stop, closed: () => closed };
}

test('the demo runs against its own provider and folder, and closes all', async () => {
  const { options, text, given, closed } = stage();
  const end = await runDemo(options);
  assert.equal(end.completed + end.failed + end.aborted, 30);
  assert.ok(end.completed > 20);
  assert.equal(closed(), 1);
  assert.equal(given[0]?.TOKENWATCH_DATA_DIR, `${data}-demo`);
  assert.equal(given[0]?.TOKENWATCH_OPENAI_URL.hostname, '127.0.0.1');
  assert.equal(existsSync(data), false);
  assert.match(text(), /30 requests sent: \d+ completed/);
  assert.ok(!text().includes('\u001b'));
  assert.ok(text().includes(`${data}-demo`));
  assert.equal(text().match(/\/30 requests: /g)?.length, 10);
});

test('on a terminal the progress stays on one line', async () => {
  const { options, text } = stage({}, true);
  await runDemo(options);
  assert.ok(text().includes('\r\u001b[2K█'));
  assert.ok(!text().includes('/30 requests: '));
});

test('without --exit the app stays up until it is stopped', async () => {
  const { options, text, stop, closed } = stage({ exit: false });
  const output = {
    write: (more: string) => {
      options.output.write(more);
      if (!more.startsWith('Ctrl-C')) return;
      assert.equal(closed(), 0);
      stop.abort();
    },
  };
  await runDemo({ ...options, output });
  assert.match(text(), /curl /);
  assert.equal(closed(), 1);
});

test('a stop during the traffic ends the demo with a summary', async () => {
  const { options, text, stop, closed } = stage({ exit: false, ratePerSecond: 0.01 });
  const output = {
    write: (more: string) => {
      options.output.write(more);
      if (more.startsWith('Sending')) setImmediate(() => stop.abort());
    },
  };
  const end = await runDemo({ ...options, output });
  assert.ok(end.sent < 30);
  assert.match(text(), /^\d+ requests? sent: \d+ completed/m);
  assert.equal(closed(), 1);
});

test('a demo that keeps earlier records answers with ids of its own', async () => {
  const ids: string[] = [];
  const { options } = stage({ requests: 1 });
  const startApp: DemoOptions['startApp'] = async (settings) => {
    const response = await fetch(new URL('/v1/responses', settings.TOKENWATCH_OPENAI_URL), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-simulate': 'status=200' },
      body: JSON.stringify({ model: 'gpt-5-mini', input: 'Hello' }),
    });
    ids.push(((await response.json()) as { id: string }).id);
    return await options.startApp(settings);
  };
  for (const at of [1000, 2000]) {
    await runDemo({ ...options, keep: true, startApp, clock: { ...systemClock, now: () => at } });
  }
  assert.match(ids[0] ?? '', /^resp_/);
  assert.notEqual(ids[0], ids[1]);
});

test('a failed start leaves nothing running', async () => {
  const { options } = stage({ startApp: () => Promise.reject(new Error('port in use')) });
  await assert.rejects(runDemo(options), /port in use/);
});

test('only a folder that a demo made and none is using is emptied, and --keep keeps it', () => {
  const folder = demoFolder(join(root, 'other/'));
  assert.equal(folder, join(root, 'other-demo'));
  prepareDemoFolder(folder, false);
  writeFileSync(join(folder, 'tokenwatch.db'), 'x');
  assert.throws(() => prepareDemoFolder(folder, false), /another demo \(process \d+\) is using/);
  releaseDemoFolder(folder);
  prepareDemoFolder(folder, true);
  assert.ok(existsSync(join(folder, 'tokenwatch.db')));
  releaseDemoFolder(folder);
  prepareDemoFolder(folder, false);
  assert.ok(!existsSync(join(folder, 'tokenwatch.db')));
  const foreign = join(root, 'foreign');
  mkdirSync(foreign);
  writeFileSync(join(foreign, 'letter.txt'), 'dear');
  assert.throws(() => prepareDemoFolder(foreign, false), /holds files that are not the demo's/);
  assert.ok(existsSync(join(foreign, 'letter.txt')));
});
