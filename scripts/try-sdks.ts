// `npm run sdks:try`: the SDKs of makers beside Anthropic and OpenAI in front of one TokenWatch, each with an access key in
// the place of its own, and each maker with a key of its own. Installs them from npm into a folder of its own (or takes
// one that is given: `--folder`), without their install scripts; says what each maker got, and what the record says.

import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import type { RequestRecord } from '../src/core/record.ts';
import { runCommand } from '../test/run-command.ts';
import { startTestApp } from '../test/start-test-app.ts';
import { type Maker, startMaker } from './other-makers.ts';
import { printTable } from './print-table.ts';

const PACKAGES = [
  '@aws-sdk/client-bedrock-runtime@3.1164.0',
  '@google/genai@3.3.0',
  '@mistralai/mistralai@2.7.0',
  '@smithy/node-http-handler@4.14.2',
  'cohere-ai@8.1.0',
  'groq-sdk@1.6.0',
  'ollama@0.6.4',
  'openai@7.57.0',
  'together-ai@0.52.0',
];

interface Sdk {
  readonly name: string;
  readonly api: 'anthropic' | 'openai';
  /** What its maker serves, and where it looks for its key. */
  readonly models: string;
  readonly keyHeader: string;
  /** Its program, in which `PROXY` is TokenWatch's address and `KEY` an access key. */
  readonly code: string;
}

const MESSAGES = "messages: [{ role: 'user', content: 'Hello' }]";
const SDKS: readonly Sdk[] = [
  {
    name: 'google',
    api: 'openai',
    models: 'gemini-*',
    keyHeader: 'x-goog-api-key',
    code: `const { GoogleGenAI } = await import('@google/genai');
      const client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: PROXY + '/openai' } });
      await client.models.generateContent({ model: 'gemini-2.5-flash', contents: 'Hello' });`,
  },
  {
    name: 'mistral',
    api: 'openai',
    models: 'mistral-*,codestral-*',
    keyHeader: 'authorization',
    code: `const { Mistral } = await import('@mistralai/mistralai');
      const client = new Mistral({ apiKey: KEY, serverURL: PROXY + '/openai' });
      await client.chat.complete({ model: 'mistral-small-latest', ${MESSAGES} });`,
  },
  {
    name: 'cohere',
    api: 'openai',
    models: 'command-*,embed-v4*,rerank-*',
    keyHeader: 'authorization',
    code: `const { CohereClientV2 } = await import('cohere-ai');
      const client = new CohereClientV2({ token: KEY, environment: PROXY + '/openai' });
      await client.chat({ model: 'command-a-03-2025', ${MESSAGES} });`,
  },
  {
    name: 'groq',
    api: 'openai',
    models: 'llama-3.3-*',
    keyHeader: 'authorization',
    code: `const { Groq } = await import('groq-sdk');
      const client = new Groq({ apiKey: KEY, baseURL: PROXY + '/openai', maxRetries: 0 });
      await client.chat.completions.create({ model: 'llama-3.3-70b-versatile', ${MESSAGES} });`,
  },
  {
    name: 'together',
    api: 'openai',
    models: 'meta-llama/*',
    keyHeader: 'authorization',
    code: `const { Together } = await import('together-ai');
      const client = new Together({ apiKey: KEY, baseURL: PROXY + '/openai/v1', maxRetries: 0 });
      await client.chat.completions.create({ model: 'meta-llama/Llama-3.3-70B-Instruct-Turbo', ${MESSAGES} });`,
  },
  {
    name: 'ollama',
    api: 'openai',
    models: 'llama3.2',
    keyHeader: 'authorization',
    code: `const { Ollama } = await import('ollama');
      const client = new Ollama({ host: PROXY + '/openai', headers: { authorization: 'Bearer ' + KEY } });
      await client.chat({ model: 'llama3.2', ${MESSAGES} });`,
  },
  {
    name: 'azure',
    api: 'openai',
    models: 'gpt-4o-mini',
    keyHeader: 'api-key',
    code: `const { AzureOpenAI } = await import('openai');
      const client = new AzureOpenAI({ apiKey: KEY, endpoint: PROXY + '/openai', apiVersion: '2024-10-21', maxRetries: 0 });
      await client.chat.completions.create({ model: 'gpt-4o-mini', ${MESSAGES} });`,
  },
  {
    name: 'bedrock',
    api: 'anthropic',
    models: 'anthropic.claude-*',
    keyHeader: 'authorization',
    // A signature would hold for this proxy's own name, which Amazon does not know: a bearer token, over HTTP/1.1.
    code: `const { BedrockRuntimeClient, ConverseCommand } = await import('@aws-sdk/client-bedrock-runtime');
      const { NodeHttpHandler } = await import('@smithy/node-http-handler');
      const client = new BedrockRuntimeClient({ region: 'us-east-1', endpoint: PROXY + '/anthropic', token: { token: KEY },
        authSchemePreference: ['httpBearerAuth'], requestHandler: new NodeHttpHandler() });
      const messages = [{ role: 'user', content: [{ text: 'Hello' }] }];
      await client.send(new ConverseCommand({ modelId: 'anthropic.claude-haiku-4-5-20251001-v1:0', messages }));`,
  },
];

const { values } = parseArgs({ options: { folder: { type: 'string' } } });
const home = mkdtempSync(join(tmpdir(), 'tokenwatch-sdks-'));
const folder = values.folder ?? home;
const execute = promisify(execFile);
const keyOf = (name: string): string => `the-key-of-${name}`;
const variableOf = (name: string): string => `${name.toUpperCase()}_KEY`;

function install(): void {
  mkdirSync(folder, { recursive: true });
  if (existsSync(join(folder, 'node_modules', 'cohere-ai'))) return;
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const npm = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...PACKAGES];
  execFileSync('npm', npm, { cwd: folder, stdio: 'inherit' });
}

/** What went wrong, in a line; empty where nothing did. */
async function run({ code }: Sdk, proxyUrl: string, key: string): Promise<string> {
  const program = `const [PROXY, KEY] = ${JSON.stringify([proxyUrl, key])};\n${code}`;
  try {
    await execute(process.execPath, ['--input-type=module', '-e', program], { cwd: folder });
    return '';
  } catch (error) {
    const { stderr = '' } = error as { readonly stderr?: string };
    return /^.*Error.*$/m.exec(stderr)?.[0] ?? String(error);
  }
}

install();
const app = await startTestApp({
  environment: Object.fromEntries(SDKS.map(({ name }) => [variableOf(name), keyOf(name)])),
});
const makers = new Map<string, Maker>();
const rows: string[][] = [
  ['', 'the maker got', 'its key', 'recorded as', 'model', 'tokens', 'nano-dollars', ''],
];
try {
  const cli = async (name: string, ...words: string[]): Promise<string> => {
    const { stdout, stderr } = await runCommand(name, words, { TOKENWATCH_DATA_DIR: app.dataDir });
    if (stderr !== '') throw new Error(stderr);
    return stdout;
  };
  // Records are loaded a moment after a request has ended.
  const recordWith = async (name: string): Promise<RequestRecord | null> => {
    for (const soon of [50, 200, 500, 1000]) {
      await sleep(soon);
      const found = (await app.analytics.recent({ limit: 20 })).find(({ accessKey }) => accessKey === name);
      if (found !== undefined && found.outcome !== 'in_flight') return found;
    }
    return null;
  };
  for (const { name, api, models, keyHeader } of SDKS) {
    const maker = await startMaker(keyOf(name));
    makers.set(name, maker);
    const place = ['--api', api, '--url', maker.url, '--for-models', models];
    await cli('upstream add', name, ...place, '--key-env', variableOf(name), '--key-header', keyHeader);
  }
  for (const sdk of SDKS) {
    const { key } = JSON.parse(await cli('key create', sdk.name, '--json')) as { readonly key: string };
    const fault = await run(sdk, app.proxyUrl, key);
    const { path = 'nothing', credential = '' } = makers.get(sdk.name)?.heard.at(-1) ?? {};
    const record = await recordWith(sdk.name);
    const { inputTokens = 0, outputTokens = 0 } = record?.usage ?? {};
    const told = [
      record?.endpoint,
      record?.modelUsed,
      `${inputTokens} + ${outputTokens}`,
      record?.costNanoUsd,
    ];
    rows.push([sdk.name, path, credential, ...told.map((each) => String(each ?? 'unknown')), fault]);
  }
} finally {
  for (const maker of makers.values()) await maker.close();
  await app.close();
}
printTable(rows);
rmSync(home, { recursive: true, force: true });
