// `npm run clients:try`: the real agents in front of a real TokenWatch, which asks a simulated provider. Installs them from
// npm into a folder of its own (or takes one that is given: `--folder`; `--only NAME` tries one), without their install scripts, without an
// account, and says how each takes an ordinary answer and how it takes a budget that refuses.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startTestApp, type TestApp } from '../test/start-test-app.ts';
import { printTable } from './print-table.ts';

const PACKAGES = ['@anthropic-ai/claude-code@2.1.332', '@openai/codex@0.169.0', 'opencode-ai@1.18.33'];
/** An agent that says nothing for so long hangs. */
const WAIT_MS = 90_000;
const ASKED = 'Say hello in one word. Use no tools.';
/** Of no provider's form. */
const KEY = 'key-for-nobody';

interface Client {
  readonly name: string;
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

interface Run {
  readonly seconds: number;
  readonly code: number | null;
  readonly said: string;
}

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    only: { type: 'string', default: '' },
    verbose: { type: 'boolean', default: false },
  },
});
const home = mkdtempSync(join(tmpdir(), 'tokenwatch-clients-'));
const folder = values.folder ?? home;

function install(): void {
  mkdirSync(folder, { recursive: true });
  if (existsSync(join(folder, 'node_modules', 'opencode-ai'))) return;
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const npm = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...PACKAGES];
  execFileSync('npm', npm, { cwd: folder, stdio: 'inherit' });
}

function programOf(name: string, path: string): string {
  const platform = `${process.platform}-${process.arch}`;
  return join(folder, 'node_modules', name.replace('PLATFORM', platform), path);
}

function clients(app: TestApp): readonly Client[] {
  const [anthropic, openai] = [`${app.proxyUrl}/anthropic`, `${app.proxyUrl}/openai/v1`];
  mkdirSync(join(home, 'codex'), { recursive: true });
  // A provider of its own: the simulated one knows no Responses over a WebSocket, which Codex tries first with OpenAI.
  const provider = `[model_providers.watched]\nname = "watched"\nbase_url = "${openai}"\nenv_key = "OPENAI_API_KEY"\n`;
  writeFileSync(
    join(home, 'codex', 'config.toml'),
    `model_provider = "watched"\n${provider}wire_api = "responses"\n`,
  );
  const options = { baseURL: openai, apiKey: KEY };
  writeFileSync(join(home, 'opencode.json'), JSON.stringify({ provider: { openai: { options } } }));
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const triple = process.platform === 'darwin' ? `${machine}-apple-darwin` : `${machine}-unknown-linux-musl`;
  return [
    {
      name: 'Claude Code',
      program: programOf('@anthropic-ai/claude-code-PLATFORM', 'claude'),
      arguments: ['-p', ASKED, '--model', 'claude-haiku-4-5'],
      environment: {
        ANTHROPIC_BASE_URL: anthropic,
        ANTHROPIC_API_KEY: KEY,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      },
    },
    {
      name: 'Codex',
      program: programOf('@openai/codex-PLATFORM', join('vendor', triple, 'bin', 'codex')),
      arguments: ['exec', '--skip-git-repo-check', '-m', 'gpt-5', ASKED],
      environment: { CODEX_HOME: join(home, 'codex'), CODEX_API_KEY: KEY, OPENAI_API_KEY: KEY },
    },
    {
      name: 'opencode',
      program: programOf('opencode-PLATFORM', join('bin', 'opencode')),
      arguments: ['run', '-m', 'openai/gpt-5', ASKED],
      environment: { OPENAI_API_KEY: KEY },
    },
  ];
}

function run({ program, arguments: given, environment }: Client): Promise<Run> {
  const begunMs = performance.now();
  const { PATH = '' } = process.env;
  const env = { PATH, HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home, ...environment };
  const child = spawn(program, given, { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const late = setTimeout(() => child.kill('SIGKILL'), WAIT_MS);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(late);
      resolve({ seconds: (performance.now() - begunMs) / 1000, code, said });
    });
  });
}

async function requestsOf(app: TestApp): Promise<number> {
  return (await app.analytics.recent({ limit: 1000 })).length;
}

async function refuseAll(app: TestApp): Promise<void> {
  const body = JSON.stringify({ name: 'nothing', limit: '0.000001', period: 'daily' });
  const response = await fetch(`${app.dashboardUrl}/api/budgets`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  if (!response.ok) throw new Error(await response.text());
}

install();
const rows: string[][] = [['', 'asked', 'requests', 'seconds', 'exit', 'says']];
for (const index of clients({ proxyUrl: '' } as TestApp).keys()) {
  // A provider and a proxy each: what one keeps, the next must not find.
  const app = await startTestApp();
  const client = clients(app)[index] as Client;
  try {
    if (!client.name.includes(values.only)) continue;
    for (const asked of ['an answer', 'a refusal']) {
      const before = await requestsOf(app);
      const { seconds, code, said } = await run(client);
      if (values.verbose) console.error(said);
      const wanted = asked === 'an answer' ? code === 0 : /budget "nothing"|Quota exceeded/.test(said);
      const line =
        said.split('\n').find((text) => /budget/i.test(text)) ?? said.trim().split('\n').at(-1) ?? '';
      const count = (await requestsOf(app)) - before;
      const result = `${wanted ? '' : 'NOT AS WANTED: '}${line.trim().slice(0, 140)}`;
      rows.push([client.name, asked, String(count), seconds.toFixed(1), String(code), result]);
      if (asked === 'an answer') await refuseAll(app);
    }
  } catch (error) {
    rows.push([client.name, '', '', '', '', `cannot be tried: ${String(error)}`]);
  } finally {
    await app.close();
  }
}
printTable(rows);
rmSync(home, { recursive: true, force: true });
