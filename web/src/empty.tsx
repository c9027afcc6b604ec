// Before the first request: what to do.

import type { StatusAnswer } from '../../src/dashboard/contract.ts';

export function Empty({ status }: { status: StatusAnswer }) {
  return (
    <section class="card empty" data-testid="empty">
      <h2>No requests yet</h2>
      <p>Point an application at the proxy, and its requests appear here as they happen:</p>
      <pre>
        <code>
          {`export ANTHROPIC_BASE_URL=${status.proxyUrl}/anthropic
export OPENAI_BASE_URL=${status.proxyUrl}/openai/v1`}
        </code>
      </pre>
      <p>
        No API key at hand? Stop this server and run <code>npx tokenwatch demo</code>: it shows everything
        against a simulated provider.
      </p>
    </section>
  );
}
