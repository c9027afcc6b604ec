// A server on which one of everything is set that can be.

import assert from 'node:assert/strict';

const DOCUMENTS: Readonly<Record<string, unknown>> = {
  '/api/budgets': { limit: '0.0001', period: 'daily', action: 'warn', thresholds: '50,80' },
  '/api/routes': { name: 'r', conditions: [{ type: 'model', value: 'gpt-*' }], target: 'gpt-4o-mini' },
  '/api/tags': { name: 't', condition: { type: 'source_app', value: 'chat' }, tag: 'team=a' },
  '/api/archive-rules': { name: 'a', app: 'payroll', store: false },
  '/api/cache-rules': { name: 'c', app: 'chat', cache: true },
  '/api/experiments': { name: 'e', modelA: 'claude-sonnet-4-5', modelB: 'claude-haiku-4-5', split: 50 },
  '/api/kills': { app: 'runaway' },
};

export async function setOneOfEverything(dashboardUrl: string, headers: object = {}): Promise<void> {
  for (const [path, document] of Object.entries(DOCUMENTS)) {
    const response = await fetch(dashboardUrl + path, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(document),
    });
    assert.equal(response.status, 200, `${path}: ${await response.text()}`);
  }
}
