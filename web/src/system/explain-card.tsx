// What would become of a request: sends nothing, runs the proxy's own code.

import { useRef, useState } from 'preact/hooks';
import type { Explanation } from '../../../src/dashboard/contract.ts';
import { ask, messageOf } from '../data/ask.ts';
import { useSeen } from '../data/use-seen.ts';
import { count, usd } from '../format.ts';
import { Button, Pill, SelectField, TextField } from '../parts/controls.tsx';
import { Fact } from '../parts/fact.tsx';
import { Alert, Card } from '../parts/states.tsx';

const APIS = [
  { value: 'anthropic', label: 'Anthropic Messages' },
  { value: 'openai', label: 'OpenAI Chat' },
] as const;

export function ExplainCard(props: {
  readonly model: string;
  readonly api: 'anthropic' | 'openai';
  readonly app: string;
}) {
  const [api, setApi] = useState(props.api);
  const [model, setModel] = useState(props.model);
  const [app, setApp] = useState(props.app);
  const [tag, setTag] = useState('');
  const [prompt, setPrompt] = useState('Summarise the last week in three sentences.');
  const [answer, setAnswer] = useState<Explanation | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const models = useSeen('model');
  /** The answer to another one is late. */
  const newest = useRef<object | null>(null);
  const explain = async (): Promise<void> => {
    const body = {
      model,
      ...(api === 'anthropic' && { max_tokens: 1024 }),
      messages: [{ role: 'user', content: prompt }],
    };
    const question = { api, body, ...(app !== '' && { app }), ...(tag !== '' && { tag }) };
    newest.current = question;
    try {
      const explained = await ask<Explanation>('/api/explain', { method: 'POST', body: question });
      if (newest.current !== question) return;
      setAnswer(explained);
      setFault(null);
    } catch (error) {
      if (newest.current === question) setFault(messageOf(error));
    }
  };
  return (
    <Card title="Try a request" testId="explain">
      <p class="quiet-line">
        What would become of it, and why. The proxy’s own code decides; nothing is sent and nothing is spent.
      </p>
      <form
        class="form explain-form"
        onSubmit={(event) => {
          event.preventDefault();
          void explain();
        }}
      >
        <div class="field-row">
          <SelectField label="API" choices={APIS} value={api} onChoose={setApi} />
          <TextField
            label="Model"
            value={model}
            onInput={setModel}
            list={models}
            placeholder="claude-sonnet-4-5"
            required
          />
          <TextField label="Application" value={app} onInput={setApp} placeholder="any" />
          <TextField label="Tag" value={tag} onInput={setTag} placeholder="none" />
        </div>
        <TextField label="Prompt" value={prompt} onInput={setPrompt} />
        <footer>
          <Button type="submit" kind="lead">
            Explain
          </Button>
        </footer>
      </form>
      <Alert text={fault} />
      {answer !== null && <Answer answer={answer} />}
    </Card>
  );
}

function Answer({ answer }: { readonly answer: Explanation }) {
  const { tag, routes, experiments, model, tokens, cost, budgets, cache, upstreams, outcome } = answer;
  return (
    <dl class="facts explained" data-testid="explained">
      <Fact name="Outcome">
        <Pill tone={outcome.action === 'refuse' ? 'bad' : 'good'}>
          {outcome.action === 'refuse'
            ? `refused with ${outcome.status}`
            : outcome.action === 'forward'
              ? 'goes to its upstream'
              : 'answered from the cache'}
        </Pill>{' '}
        {outcome.message}
      </Fact>
      <Fact name="Tag">
        {tag.tag ?? 'none'}
        {tag.source === 'header' ? ', from its header' : tag.rule === null ? '' : `, by tag rule ${tag.rule}`}
      </Fact>
      {routes.map((route) => (
        <Fact key={route.name} name={`Rule ${route.name}`}>
          → {route.target}: {route.decides ? <b>decides</b> : route.reason}
          <ul>
            {route.conditions.map(({ type, value, holds, seen }) => (
              <li key={`${type} ${value}`}>
                {type} {value}: {holds ? 'yes' : 'no'} <span class="quiet-line">(seen: {seen})</span>
              </li>
            ))}
          </ul>
        </Fact>
      ))}
      {experiments.map((experiment) => (
        <Fact key={experiment.name} name={`A/B test ${experiment.name}`}>
          {experiment.decides ? `variant ${experiment.variant}` : experiment.reason}
        </Fact>
      ))}
      <Fact name="Model">
        {model.requested ?? 'none'}
        {model.final !== model.requested && ` → ${model.final ?? 'none'}`}
        {model.foreignApi !== null && `, translated to the ${model.foreignApi} API`}
      </Fact>
      <Fact name="Tokens">
        {tokens.inputEstimated === null ? 'none charged' : `about ${count(tokens.inputEstimated)} in`}, at
        most {count(tokens.outputMax)} out
      </Fact>
      <Fact name="Cost">
        {usd(cost.inputNanoUsd)} for the input, {usd(cost.estimatedNanoUsd)} with the longest answer, at most{' '}
        {usd(cost.worstNanoUsd)}
      </Fact>
      {budgets.kills.map(({ id, scope }) => (
        <Fact key={id} name="Stopped">
          {scope}
        </Fact>
      ))}
      {budgets.matching.map((budget) => (
        <Fact key={budget.name} name={`Budget ${budget.name}`}>
          {usd(budget.remainingNanoUsd)} left of {usd(budget.limitNanoUsd)}
          {budget.per !== null && ` per ${budget.per}`}
          {budget.refuses && <b>: refused</b>}
        </Fact>
      ))}
      <Fact name="Cache">
        {cache.enabled
          ? `${cache.use ?? 'not asked'}${cache.reason === null ? '' : `: ${cache.reason}`}`
          : 'off'}
      </Fact>
      {upstreams.map((upstream) => (
        <Fact key={upstream.name} name="Upstream">
          {upstream.name} {upstream.url}
          {upstream.state !== 'closed' && `, circuit ${upstream.state}`}
        </Fact>
      ))}
    </dl>
  );
}
