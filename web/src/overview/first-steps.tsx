// Before the first request: what to do, and a sign that the page is waiting for it.

import type { StatusAnswer } from '../../../src/dashboard/contract.ts';
import { CopyButton } from '../parts/controls.tsx';

export function FirstSteps({ status }: { readonly status: StatusAnswer }) {
  const steps = [
    {
      title: 'Anthropic',
      text: `export ANTHROPIC_BASE_URL=${status.proxyUrl}/anthropic`,
      about: `Claude Code and every Anthropic SDK. Goes to ${status.upstreams.anthropic}`,
    },
    {
      title: 'OpenAI and compatible',
      text: `export OPENAI_BASE_URL=${status.proxyUrl}/openai/v1`,
      about: `OpenAI’s SDKs and whatever speaks their API. Goes to ${status.upstreams.openai}`,
    },
    {
      title: 'By hand',
      text: `curl ${status.proxyUrl}/openai/v1/chat/completions -H "authorization: Bearer $OPENAI_API_KEY" -H 'content-type: application/json' -d '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hello"}]}'`,
      about: 'The key passes through; nothing of it is kept',
    },
  ];
  return (
    <section class="first-steps" data-testid="empty" aria-label="First steps">
      <p class="waiting">
        <i aria-hidden="true" /> Waiting for your first request
      </p>
      <h2>Point an application at the proxy</h2>
      <p class="lead">Its requests appear here as they happen, with every token and cent.</p>
      <ol>
        {steps.map(({ title, text, about }) => (
          <li key={title}>
            <div>
              <h3>{title}</h3>
              <CopyButton text={text} />
            </div>
            <pre>
              <code>{text}</code>
            </pre>
            <p>{about}</p>
          </li>
        ))}
      </ol>
      <p class="lead">
        No API key at hand? Stop this server and run <code>npx tokenwatch demo</code>: it shows everything
        against a simulated provider.
      </p>
    </section>
  );
}
