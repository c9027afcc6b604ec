// Every top-level request field that the official SDKs know has a decided fate, and the documentation says which.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CHAT_FATES, type Fate, MESSAGES_FATES } from './fates.ts';

const SDK = new URL('../../../node_modules/', import.meta.url);

/** The fields of an interface in an SDK's declarations; those that travel as headers are left out. */
function fieldsOf(path: string, name: string): string[] {
  const source = readFileSync(new URL(path, SDK), 'utf8');
  const [, body] = new RegExp(`export interface ${name} \\{\\n(.*?)\\n\\}`, 's').exec(source) ?? [];
  assert.ok(body !== undefined, `${name} is not in ${path}`);
  const fields = [...body.matchAll(/^ {4}\/\*\*(.*?)\*\/\n {4}(\w+)\??:/gms)];
  return fields
    .filter(([, comment]) => !comment?.includes('Header param:'))
    .map(([, , field]) => field ?? '');
}

test('every field of a Messages request that the SDK knows has a fate', () => {
  const known = [
    ...fieldsOf('@anthropic-ai/sdk/resources/messages/messages.d.ts', 'MessageCreateParamsBase'),
    ...fieldsOf('@anthropic-ai/sdk/resources/beta/messages/messages.d.ts', 'MessageCreateParamsBase'),
  ];
  assert.ok(known.length > 30, `only ${known.length} fields were found`);
  assert.deepEqual(
    known.filter((field) => !Object.hasOwn(MESSAGES_FATES, field)),
    [],
  );
});

test('every field of a Chat Completions request that the SDK knows has a fate', () => {
  const known = fieldsOf(
    'openai/resources/chat/completions/completions.d.ts',
    'ChatCompletionCreateParamsBase',
  );
  assert.ok(known.length > 30, `only ${known.length} fields were found`);
  assert.deepEqual(
    known.filter((field) => !Object.hasOwn(CHAT_FATES, field)),
    [],
  );
});

test('docs/translation.md shows the fates that are in force', () => {
  const page = readFileSync(new URL('../../../docs/translation.md', import.meta.url), 'utf8');
  for (const fates of [MESSAGES_FATES, CHAT_FATES]) assert.ok(page.includes(tableOf(fates)), tableOf(fates));
});

function tableOf(fates: Readonly<Record<string, Fate>>): string {
  const rows = Object.entries(fates).map(([field, { fate, note, neutral }]) => {
    const allowed = (neutral ?? []).map((value) => `\`${JSON.stringify(value)}\``);
    const exception = allowed.length === 0 ? '' : `; ${allowed.join(', ')} passes`;
    return `| \`${field}\` | ${fate} | ${note}${exception} |`;
  });
  return ['| field | fate | |', '|---|---|---|', ...rows].join('\n');
}
