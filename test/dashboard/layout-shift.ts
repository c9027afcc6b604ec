// How far a page jumps while its answers come one after the other: the browser's own measure, summed up.

import type { Page } from 'playwright-core';

const STEP_MS = 60;
const STEPS = 4;
const WATCH = `
  globalThis.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries())
      globalThis.shifts.push({ value, what: sources.map(({ node }) => node?.outerHTML?.slice(0, 80)) });
  }).observe({ type: 'layout-shift', buffered: true });`;

export interface Jump {
  readonly value: number;
  readonly what: readonly string[];
}

/** Every place is loaded anew; its answers come apart, in an order that is the same at each run. */
export async function jumpsOf(page: Page, urls: readonly string[]): Promise<ReadonlyMap<string, Jump[]>> {
  await page.addInitScript(WATCH);
  let asked = 0;
  await page.route('**/api/**', async (route) => {
    // The first of a page comes last.
    const turn = STEPS - 1 - (asked++ % STEPS);
    await new Promise((resolve) => setTimeout(resolve, turn * STEP_MS));
    await route.continue();
  });
  const found = new Map<string, Jump[]>();
  for (const url of urls) {
    await page.goto(url);
    await page.locator('main .card').first().waitFor();
    await page.locator('.skeleton').first().waitFor({ state: 'detached' });
    await page.locator('.page-footer').filter({ hasText: 'proxy at' }).waitFor();
    await page.evaluate('new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))');
    found.set(url, (await page.evaluate('globalThis.shifts')) as Jump[]);
  }
  await page.unrouteAll({ behavior: 'wait' });
  return found;
}
