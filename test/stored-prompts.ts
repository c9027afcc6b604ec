// Waits until the archive, which stores beside the traffic, has its prompts.

import assert from 'node:assert/strict';
import type { Answer } from '../src/dashboard/contract.ts';
import type { TestApp } from './start-test-app.ts';

const WAIT_MS = 60_000;

export async function promptsAreStored(app: TestApp, count: number): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const response = await fetch(`${app.dashboardUrl}/api/v1/prompts?limit=1`);
    const { stored } = (await response.json()) as Answer<'prompts'>;
    if (stored.items >= count) return;
    assert.ok(performance.now() < deadline, `only ${stored.items} prompts are stored`);
  }
}
