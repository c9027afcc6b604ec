// Pages without the app: what sends the browser on, and what says in words why it is not let in.

import type { ServerResponse } from 'node:http';

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
    `<!doctype html><meta http-equiv="refresh" content="0; url=${home}"><title>TokenWatch</title>`,
  );
}

export function sendRefusal(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | readonly string[]>>,
  words: string,
): void {
  const text = words.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>TokenWatch</title><h1>No login</h1><p>${text}</p><p><a href="../">Back to TokenWatch</a></p></html>`;
  sendHtml(response, status, headers, page);
}

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
