// How long one request can keep all others waiting: drives the real proxy with requests and answers that are dear to
// read, one at a time, and reads what the dearest turn of its event loop took: in CPU time, since what other programs on the
// machine take is not the proxy's. Each shape is sent several times, and its best counts. `node bench/stalls.ts [--only TEXT]
// [--rounds 3]`.

import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { printTable } from '../scripts/print-table.ts';
import { ODD_ANSWERS } from './stall-odd-answers.ts';
import { ODD_REQUESTS } from './stall-odd-requests.ts';
import { REQUESTS } from './stall-request-shapes.ts';
import { ANSWERS, type Shape, SMALL_ANSWER } from './stall-shapes.ts';
import { type Subject, startTokenWatch } from './subjects.ts';

const AIM_MS = 50;
const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, rounds: { type: 'string', default: '3' } },
});
const rounds = Number(values.rounds);

/** Says to every request what is set. */
class ScriptedUpstream {
  answer = SMALL_ANSWER;
  readonly #server = createServer((request, response) => {
    request.resume().on('end', () => {
      const { status = 200, headers, chunks } = this.answer;
      response.writeHead(status, headers);
      for (const chunk of chunks) response.write(chunk);
      response.end();
    });
  });

  constructor() {
    this.#server.on('upgrade', (request, socket) => {
      const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
      const accept = hash('sha1', key, 'base64');
      socket.on('error', () => socket.destroy());
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
      );
      for (const chunk of this.answer.chunks) socket.write(chunk);
      // A close frame.
      socket.end(Buffer.of(0x88, 0));
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** Everything that looks into requests and answers. */
function setRules(dataDir: string): void {
  const set = (...command: readonly string[]): void => {
    const launcher = join(import.meta.dirname, '..', 'bin', 'tokenwatch.js');
    const env = { ...process.env, TOKENWATCH_DATA_DIR: dataDir };
    execFileSync(process.execPath, [launcher, ...command], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  set('budget', 'set', '--limit', '100000', '--period', 'total', '--unknown', 'allow');
  set('tag', 'add', 'sql', '--regex', '(?i)select .* from', '--tag', 'feature=sql');
  set('route', 'add', 'small', '--condition', 'token_count', '--value', '<5', '--target', 'gpt-4o-mini');
  set(
    'route',
    'add',
    'across',
    '--condition',
    'model',
    '--value',
    'claude-*',
    '--target',
    'gpt-4o-mini',
    '--target-api',
    'openai',
  );
  set('ab', 'create', 'halves', '--model-a', 'gpt-4.1', '--model-b', 'gpt-4.1-mini');
}

const ALL_ON = { TOKENWATCH_CACHE_ENABLED: 'true', TOKENWATCH_STORE_PROMPTS: 'true' };

const UPGRADE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': Buffer.alloc(16, 7).toString('base64'),
};

/** A WebSocket to its end. */
function listen(subject: Subject, shape: Shape): Promise<number> {
  const { origin } = new URL(subject.url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${origin}${shape.path}`, {
      headers: { authorization: 'Bearer k', ...UPGRADE },
    });
    sent.on('upgrade', ({ statusCode = 0 }, socket) => {
      socket.on('error', reject);
      socket.resume().on('close', () => resolve(statusCode));
    });
    sent.on('error', reject);
    sent.end();
  });
}

function send(subject: Subject, shape: Shape): Promise<number> {
  if (shape.isSocket) return listen(subject, shape);
  const { origin } = new URL(subject.url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      `${origin}${shape.path}`,
      {
        method: 'POST',
        headers: { authorization: 'Bearer k', 'content-type': 'application/json', ...shape.headers },
      },
      (response) => {
        response.on('error', reject);
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    sent.on('error', reject);
    sent.end(shape.body());
  });
}

/** What is read, settled and stored after the answer belongs to it: so long no other thread may have had anything to do. */
const QUIET_MS = 100;
const QUIET_CPU_US = 3000;
const LOOKS_MAX = 100;

async function quiet(subject: Subject): Promise<void> {
  let before = Number.NaN;
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const { cpuUs, loopCpuUs } = await subject.use();
    if (cpuUs - loopCpuUs - before < QUIET_CPU_US) return;
    before = cpuUs - loopCpuUs;
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  }
}

async function stallOf(
  subject: Subject,
  upstream: ScriptedUpstream,
  shape: Shape,
): Promise<readonly [number, number]> {
  let [best, status] = [Number.POSITIVE_INFINITY, 0];
  for (let round = 0; round < rounds; round += 1) {
    upstream.answer = shape.answer?.() ?? SMALL_ANSWER;
    await subject.dearestTurnMs();
    status = await send(subject, shape).catch(() => 0);
    await quiet(subject);
    best = Math.min(best, await subject.dearestTurnMs());
  }
  return [best, status];
}

const upstream = new ScriptedUpstream();
const url = await upstream.start();
const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-stalls-'));
const [bare, full] = [join(folder, 'bare'), join(folder, 'full')];
setRules(full);
const urls = { TOKENWATCH_ANTHROPIC_URL: url };
const subjects = [
  await startTokenWatch({ url }, bare, urls),
  await startTokenWatch({ url }, full, { ...urls, ...ALL_ON }),
];
try {
  const rows: string[][] = [['', 'size, MB', 'nothing set, ms', 'everything set, ms', '']];
  for (const shape of [...REQUESTS, ...ANSWERS, ...ODD_REQUESTS, ...ODD_ANSWERS].filter(({ name }) =>
    name.includes(values.only),
  )) {
    const stalls: number[] = [];
    const statuses: number[] = [];
    for (const subject of subjects) {
      const [stall, status] = await stallOf(subject, upstream, shape);
      stalls.push(stall);
      statuses.push(status);
    }
    const bytes =
      shape.body().length + (shape.answer?.().chunks ?? []).reduce((sum, chunk) => sum + chunk.length, 0);
    const words = stalls.some((stall) => stall > AIM_MS) ? 'above the aim' : '';
    rows.push([
      shape.name,
      (bytes / 1e6).toFixed(1),
      ...stalls.map((stall) => stall.toFixed(0)),
      `${words} ${statuses}`,
    ]);
    console.error(rows.at(-1)?.join('  '));
  }
  printTable(rows);
} finally {
  for (const subject of subjects) await subject.stop();
  upstream.close();
  rmSync(folder, { recursive: true, force: true });
}
