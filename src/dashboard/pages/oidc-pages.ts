// The two steps of a login by another identity provider that a browser takes: there, and back.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Door } from '../../access/login/door.ts';
import { TokenWatchError } from '../../core/errors.ts';
import { methodNotAllowed } from '../refusal.ts';
import { SECURITY_HEADERS, sendEntry, sendRefusal } from './plain-pages.ts';

const BEGIN = '/oidc/login';
const BACK = '/oidc/callback';
const AS_ANOTHER = 'another';

export function isOidcPath(path: string): boolean {
  return path === BEGIN || path === BACK;
}

export interface OidcPlace {
  readonly path: string;
  readonly query: string;
  /** Of the page, beside it. */
  readonly styles: readonly string[];
}

/** Somebody looks at what comes back: it is a page, also where it is a refusal. */
export async function answerOidc(
  door: Door,
  request: IncomingMessage,
  response: ServerResponse,
  { path, query, styles }: OidcPlace,
): Promise<void> {
  // A look at the head alone must not use up what can be used once.
  if (request.method !== 'GET') throw methodNotAllowed(request.method ?? '', path, ['GET']);
  try {
    if (path === BACK) {
      const { cookies, view } = await door.finishOidc(request, query);
      sendEntry(response, cookies, `../${view}`);
      return;
    }
    const asked = new URLSearchParams(query);
    const { url, cookie } = await door.beginOidc(asked.get('view') ?? '', asked.get('as') === AS_ANOTHER);
    response.writeHead(302, {
      ...SECURITY_HEADERS,
      location: url,
      'set-cookie': cookie,
      'cache-control': 'no-store',
    });
    response.end();
  } catch (error) {
    if (!(error instanceof TokenWatchError)) throw error;
    // The provider would send the same one back without a word.
    const another = { href: `login?as=${AS_ANOTHER}`, words: 'Log in as somebody else' };
    sendRefusal(response, error, {
      ...{ title: 'No login', styles, path },
      ...(error.code === 'forbidden' && { another }),
    });
  }
}
