// Holds answers of the JSON API against the schemas that the document shows for them.

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { ENDPOINTS } from '../../src/dashboard/endpoints.ts';
import type { EndpointName } from '../../src/dashboard/paths.ts';
import { endpointAt } from '../../src/dashboard/router.ts';

/** Fails for an answer that lacks a field, has one that is not declared, or another kind of value. */
export function assertDeclared(method: string, url: string, answer: unknown): EndpointName {
  const { name } = endpointAt(method, new URL(url, 'http://dashboard').pathname);
  const { error } = ENDPOINTS[name].answer.safeParse(answer);
  assert.equal(
    error,
    undefined,
    `${name} answered what is not declared: ${JSON.stringify(error?.issues)} in ${JSON.stringify(answer)}`,
  );
  return name;
}

/** Everything that a page is answered goes the same way; what is wrong is added to `faults`. */
export function checkAnswers(page: Page, faults: string[]): void {
  page.on('response', async (response) => {
    const { pathname } = new URL(response.url());
    if (!pathname.startsWith('/api/') || !response.ok()) return;
    const answer = await response.json().catch(() => null);
    // A page that went away takes its bodies along.
    if (answer === null) return;
    try {
      assertDeclared(response.request().method(), pathname, answer);
    } catch (error) {
      faults.push(String(error));
    }
  });
}
