// What `explain-request` and `route test` share: the options of a request that is not sent, and who explains it.

import { isUtf8 } from 'node:buffer';
import { TokenWatchError } from '../core/errors.ts';
import type { Explanation } from '../core/explanation.ts';
import { explainQuestion } from '../dashboard/handlers/explain-handlers.ts';
import type { Input } from '../dashboard/handlers/handlers.ts';
import { optionText } from './budgets.ts';
import type { CommandContext, CommandOption } from './command.ts';
import { askServer, serverOf } from './server.ts';
import { readUserFile } from './user-file.ts';

export const REQUEST_OPTIONS: readonly CommandOption[] = [
  {
    flags: '--api <api>',
    about: 'the API that the body speaks',
    standard: 'anthropic',
    choices: ['anthropic', 'openai'],
  },
  { flags: '--path <path>', about: "where it goes below the API's mount (/v1/responses)" },
  { flags: '--app <name>', about: 'the application that would send it' },
  { flags: '--tag <tag>', about: 'its X-TokenWatch-Tag' },
  { flags: '--session <id>', about: 'its session' },
  { flags: '--header <header>', about: 'a header of it (Name: value)', repeatable: true },
  { flags: '--id <id>', about: 'its request id, by which a request without a session is drawn' },
];

export interface Explained {
  readonly explanation: Explanation;
  /** Who explained, in words. */
  readonly by: string;
}

/** Asks the server that runs on the data folder; without one, explains from the records. */
export async function explained(context: CommandContext, bodyFile: string): Promise<Explained> {
  const settings = context.settings();
  const document = documentOf(context, bodyFile);
  const dataDir = settings.TOKENWATCH_DATA_DIR;
  const server = await serverOf(settings);
  if (server !== null) {
    const explanation = await askServer(server, 'explain', document);
    return { explanation, by: `the running server (${server.url})` };
  }
  // Loaded only here: it brings the whole server along.
  const { explainOffline } = await import('../offline-explainer.ts');
  const warn = (message: string): void => void process.stderr.write(`tokenwatch: ${message}\n`);
  const explanation = await explainOffline(settings, warn, explainQuestion(document));
  return { explanation, by: `the records in ${dataDir} (no server runs on them)` };
}

function documentOf(context: CommandContext, bodyFile: string): Input<'explain'> {
  const text = (name: string): string | undefined => optionText(context, name);
  const path = text('path');
  if (path !== undefined && !path.startsWith('/'))
    throw new TokenWatchError(
      'invalid_argument',
      `--path "${path}" is not a path that begins with /, below the API's mount.`,
    );
  return {
    api: text('api') === 'openai' ? 'openai' : 'anthropic',
    path,
    app: text('app'),
    tag: text('tag'),
    session: text('session'),
    id: text('id'),
    headers: headersOf(context),
    body: readBody(bodyFile),
  };
}

function readBody(path: string): string {
  const bytes = readUserFile(path);
  if (!isUtf8(bytes)) throw new TokenWatchError('invalid_argument', `${path} is not UTF-8 text.`);
  return bytes.toString('utf8');
}

function headersOf(context: CommandContext): Readonly<Record<string, string[]>> {
  const headers: Record<string, string[]> = {};
  const given = Array.isArray(context.options.header) ? context.options.header.map(String) : [];
  for (const line of given) {
    const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined)
      throw new TokenWatchError('invalid_argument', `--header "${line}" is not of the form "Name: value".`);
    headers[name] = [...(headers[name] ?? []), value ?? ''];
  }
  return headers;
}
