// Holds a page against the rules of accessibility that a program can check.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RUN = `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
  .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | ')))`;

/** Once nothing is awaited any more. */
export async function assertAccessible(page: Page, place: string): Promise<void> {
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
  await page.evaluate(AXE);
  assert.deepEqual(await page.evaluate(RUN), [], place);
}
