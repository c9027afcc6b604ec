// What the commands for access keys share.

import { commandVisitor } from '../access/login/role.ts';
import { userName } from '../access/login/user-name.ts';
import { counted } from '../core/counted.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { Answer, Question } from '../dashboard/handlers/handlers.ts';
import type { CommandContext } from './command.ts';
import { ask } from './server.ts';

type KeyEndpoint = 'keys' | 'keyCreate' | 'keyRotate' | 'keyRevoke';
export type KeyRow = Answer<'keys'>['keys'][number];

/** A server that others reach changes no key by its port. Whoever is on the machine may. */
export async function askKeys<Name extends KeyEndpoint>(
  context: CommandContext,
  name: Name,
  question: Question<Name>,
): Promise<Answer<Name>> {
  try {
    return await ask(context, name, question);
  } catch (error) {
    if (!(error instanceof TokenWatchError) || error.code !== 'forbidden') throw error;
    const { askStore } = await import('../local-api.ts');
    return askStore(context.settings(), commandVisitor(userName()), name, question);
  }
}

/** `app chat, models claude-*, 60 requests a minute`. */
export function describeKey(key: KeyRow): string {
  const { app, tag, user, models, rpm, tpm, concurrency, expires } = key;
  const parts = [
    app !== null && `app ${app}`,
    tag !== null && `tag ${tag}`,
    user !== null && `user ${user}`,
    models !== null && `models ${models.join(', ')}`,
    rpm !== null && `${counted(rpm, 'request')} a minute`,
    tpm !== null && `${counted(tpm, 'token')} a minute`,
    concurrency !== null && `${counted(concurrency, 'request')} at once`,
    expires !== null && `until ${expires}`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? 'no limits' : parts.join(', ');
}

export const SHOWN_ONCE = 'It is shown this once. Your applications send it in place of an API key.';
