// A request as a command: where to and with which labels, and with its prompt where that is stored.

import type { RequestRecord } from '../../../src/dashboard/contract.ts';

/** `stored` is the stored body, as JSON; null puts a stand-in in its place, which says that it is one. */
export function curlOf(record: RequestRecord, stored: string | null): string {
  const { protocol, method, path, app, tag, session } = record;
  const isAnthropic = protocol === 'anthropic';
  const headers = [
    'content-type: application/json',
    ...(isAnthropic ? ['anthropic-version: 2023-06-01'] : []),
    `x-tokenwatch-app: ${app}`,
    ...(tag === null ? [] : [`x-tokenwatch-tag: ${tag}`]),
    ...(session === null ? [] : [`x-tokenwatch-session: ${session}`]),
  ];
  const key = isAnthropic ? 'x-api-key: $ANTHROPIC_API_KEY' : 'authorization: Bearer $OPENAI_API_KEY';
  const base = isAnthropic ? 'ANTHROPIC_BASE_URL' : 'OPENAI_BASE_URL';
  const target = isAnthropic ? path : path.replace(/^\/v1/, '');
  // Only our own words may be read by the shell: names and paths are what somebody sent.
  const options = [`"${key}"`, ...headers.map(quoted)].map((header) => ` \\\n  -H ${header}`);
  const command = `curl -g -X ${method} "\${${base}:?}"${quoted(target)}${options.join('')}`;
  if (method !== 'POST') return command;
  return stored === null
    ? `${command} \\\n  -d ${quoted(JSON.stringify(standIn(record)))}`
    : withLongBody(command, stored);
}

/** An argument may be no longer than 128 KB; what a command reads may. JSON has no line of its own that ends it. */
const withLongBody = (command: string, body: string): string =>
  `${command} \\\n  --data-binary @- <<'PROMPT'\n${body}\nPROMPT\n`;

const STAND_IN = 'A stand-in for the prompt of this request.';

function standIn({ protocol, endpoint, modelRequested: model }: RequestRecord): object {
  if (endpoint === 'responses' || endpoint === 'embeddings') return { model, input: STAND_IN };
  if (endpoint === 'completions') return { model, prompt: STAND_IN };
  const messages = [{ role: 'user', content: STAND_IN }];
  return protocol === 'anthropic' ? { model, max_tokens: 256, messages } : { model, messages };
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
