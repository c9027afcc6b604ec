// Holds a page against the rules of accessibility that a program can check.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { atRest } from './open-page.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const ALL = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] };
/** All of those that another colour scheme can break: every other rule reads the document or its measures. */
const COLOURS = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 360, height: 900 };

/** As it is shown now, once nothing is awaited any more. */
export async function assertAccessible(page: Page, place: string): Promise<void> {
  await load(page);
  await check(page, ALL, place);
}

/** Wide and narrow, light and dark. */
export async function assertAccessibleInEveryView(page: Page, place: string): Promise<void> {
  await load(page);
  for (const [width, viewport] of Object.entries({ wide: WIDE, narrow: NARROW })) {
    await page.setViewportSize(viewport);
    await show(page, 'light');
    await check(page, ALL, `${place}, ${width}, light`);
    await show(page, 'dark');
    await check(page, COLOURS, `${place}, ${width}, dark`);
  }
}

async function load(page: Page): Promise<void> {
  await atRest(page);
  if (await page.evaluate('globalThis.axe === undefined')) await page.evaluate(AXE);
}

/** And two frames later, when the page has drawn what it does in its own code. */
async function show(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.evaluate('new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))');
}

async function check(page: Page, runOnly: object, place: string): Promise<void> {
  const options = JSON.stringify({ runOnly, resultTypes: ['violations'] });
  const found = await page.evaluate(
    `axe.run(document, ${options}).then(({ violations }) => violations.map(({ id, nodes }) =>
      id + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | ')))`,
  );
  assert.deepEqual(found, [], place);
}
