import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foreignKeyAt, providerAt } from './foreign-keys.ts';

/** Invented, and only of the form. */
const KEYS: Readonly<Record<string, string>> = {
  anthropic: 'sk-ant-invented',
  openai: 'sk-proj-invented',
  service: 'sk-svcacct-invented',
  older: `sk-${'x'.repeat(20)}T3BlbkFJ${'x'.repeat(20)}`,
  openrouter: 'sk-or-v1-invented',
  zai: `${'0'.repeat(32)}.${'x'.repeat(16)}`,
  groq: 'gsk_invented',
  xai: 'xai-invented',
  github: 'gho_invented',
  vercel: 'vck_invented',
  kimi: 'sk-kimi-invented',
  bedrock: 'ABSKinvented',
  replicate: 'r8_invented',
  google: 'ya29.invented',
};

const foreign = (host: string, ...headers: string[]): string | null => {
  const receiver = providerAt(host);
  return receiver === null ? null : (foreignKeyAt(receiver, headers, '/v1/x')?.owner ?? null);
};
const bearer = (host: string, key: string | undefined): string | null =>
  foreign(host, 'Authorization', `Bearer ${key}`);

test('a key that has the form of another provider’s is told, wherever it stands', () => {
  assert.equal(bearer('api.z.ai', KEYS.openai), 'OpenAI');
  assert.equal(bearer('api.z.ai', KEYS.service), 'OpenAI');
  assert.equal(bearer('api.z.ai', KEYS.older), 'OpenAI');
  assert.equal(bearer('api.openai.com', KEYS.anthropic), 'Anthropic');
  assert.equal(bearer('eu.api.openai.com', KEYS.openrouter), 'OpenRouter');
  assert.equal(bearer('api.openai.com', KEYS.zai), 'Z.ai');
  assert.equal(bearer('api.deepseek.com', KEYS.groq), 'Groq');
  assert.equal(foreign('api.anthropic.com', 'x-api-key', KEYS.openai ?? ''), 'OpenAI');
  assert.equal(foreign('acme.openai.azure.com', 'api-key', KEYS.xai ?? ''), 'xAI');
  for (const [key, owner] of [
    ['github', 'GitHub'],
    ['vercel', 'Vercel'],
    ['kimi', 'Moonshot'],
    ['bedrock', 'Amazon Bedrock'],
    ['replicate', 'Replicate'],
    ['google', 'Google'],
  ] as const)
    for (const host of ['api.z.ai', 'api.openai.com', 'api.deepinfra.com'])
      assert.equal(bearer(host, KEYS[key]), owner, host);
  for (const written of [
    `${KEYS.openai}`,
    `bearer   ${KEYS.openai}`,
    `Bearer Bearer ${KEYS.openai}`,
    `Bearer "${KEYS.openai}"`,
    `'${KEYS.openai}'`,
    `Basic ${Buffer.from(`:${KEYS.openai}`).toString('base64')}`,
    `Basic ${Buffer.from(`${KEYS.openai}:`).toString('base64')}`,
  ])
    assert.equal(foreign('api.z.ai', 'Authorization', written), 'OpenAI', written);
  const socket = `realtime, openai-insecure-api-key.${KEYS.openai}, v1`;
  assert.equal(foreign('api.z.ai', 'Sec-WebSocket-Protocol', socket), 'OpenAI');
  const query = foreignKeyAt(
    providerAt('generativelanguage.googleapis.com')!,
    [],
    `/x?a=1&key=${KEYS.openai}`,
  );
  assert.equal(query?.owner, 'OpenAI');
});

test('a provider’s own keys, keys of no form, and addresses that nobody knows are left alone', () => {
  assert.equal(bearer('api.anthropic.com', KEYS.anthropic), null);
  assert.equal(bearer('api.openai.com', KEYS.openai), null);
  assert.equal(bearer('open.bigmodel.cn', KEYS.zai), null);
  assert.equal(bearer('openrouter.ai', KEYS.openrouter), null);
  assert.equal(bearer('chatgpt.com', KEYS.openai), null);
  assert.equal(bearer('api.githubcopilot.com', KEYS.github), null);
  for (const key of ['sk-0123456789abcdef', 'k', '', 'eyJhbGciOiJub25lIn0.e30.x']) {
    assert.equal(bearer('api.z.ai', key), null, key);
  }
  for (const host of ['127.0.0.1', 'localhost', 'gateway.example.com', 'openai.com.example.com', 'notz.ai'])
    assert.equal(bearer(host, KEYS.openai), null, host);
});

test('a key goes to every place of its own provider', () => {
  const account = `AKIA${'X'.repeat(16)}`;
  for (const [host, key] of [
    ['bedrock-runtime.us-east-1.amazonaws.com', KEYS.bedrock],
    ['bedrock-runtime.cn-north-1.amazonaws.com.cn', KEYS.bedrock],
    ['bedrock-runtime.us-east-1.amazonaws.com', account],
    ['bedrock-runtime.us-east-1.api.aws', account],
    ['ai-gateway.vercel.sh', KEYS.vercel],
    ['api.githubcopilot.com', KEYS.github],
    ['models.github.ai', KEYS.github],
    ['api.replicate.com', KEYS.replicate],
    ['generativelanguage.googleapis.com', `AQ.${'x'.repeat(40)}`],
  ])
    assert.equal(bearer(host as string, key), null, `${host}`);
  assert.equal(bearer('api.openai.com', account), 'Amazon Bedrock');
  assert.equal(bearer('api.openai.com', `AQ.${'x'.repeat(40)}`), 'Google');
});
