// Pages without the app: what sends the browser on, and what says in words why it is not let in.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TokenWatchError } from '../../core/errors.ts';

/** The page needs nothing from elsewhere; uPlot sets styles on elements. */
export const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** The dashboard, opened anew: a strict cookie is not sent along with a redirect that began elsewhere. `home` is beside the page. */
export function sendEntry(response: ServerResponse, cookies: readonly string[], home = '/'): void {
  sendHtml(
    response,
    200,
    { 'set-cookie': cookies },
    `<!doctype html><meta http-equiv="refresh" content="0; url=${escaped(home)}"><title>TokenWatch</title>`,
  );
}

export interface RefusalPlace {
  readonly title: string;
  /** The page's own. */
  readonly styles: readonly string[];
  /** Where it is answered: `/open/…`. */
  readonly path: string;
  /** A way on beside the one back; `href` is beside the page. */
  readonly another?: { readonly href: string; readonly words: string };
}

/** Looks like the login, which it may take the place of. The page may lie below a path of a proxy: nothing is absolute. */
export function sendRefusal(
  response: ServerResponse,
  { status, headers, message }: TokenWatchError,
  { title, styles, path, another }: RefusalPlace,
): void {
  const home = '../'.repeat(path.split('/').length - 2) || './';
  const links = styles
    .map((style) => `<link rel="stylesheet" href="${home}${escaped(style.slice(1))}">`)
    .join('');
  const way =
    another === undefined
      ? ''
      : `<a class="button lead" href="${escaped(another.href)}">${escaped(another.words)}</a>`;
  const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${title} · TokenWatch</title><link rel="icon" type="image/svg+xml" href="${home}icon.svg">${links}</head>
<body><main class="entry"><section class="card entry-card" aria-labelledby="entry-title">
<h1 class="brand" id="entry-title"><img src="${home}icon.svg" alt="" width="28" height="28"><span>${title}</span></h1>
<p>${escaped(message)}</p>
${way}<a class="button${another === undefined ? ' lead' : ''}" href="${home}">Back to TokenWatch</a>
</section></main></body></html>`;
  sendHtml(response, status, headers, page);
}

/** Somebody looks at the answer, as a rule: in words then, and as JSON for whatever else asks. */
export function isLookedAt({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return /\btext\/html\b/i.test(headers.accept ?? '');
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');

function sendHtml(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | readonly string[]>>,
  page: string,
): void {
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    ...(headers as Record<string, string | string[]>),
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(page);
}
