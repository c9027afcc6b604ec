// Who answers requests, in the order in which they are asked, and how they have been lately.

import { useState } from 'preact/hooks';
import type {
  Answer,
  BreakdownRow,
  StatsAnswer,
  UpstreamHealth,
  UpstreamRow,
} from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import { typedNumber } from '../data/typed-number.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useLive } from '../data/use-live.ts';
import { ago, count, duration, percent } from '../format.ts';
import { Button, Pill, SelectField, TextField } from '../parts/controls.tsx';
import { FormDialog } from '../parts/dialog.tsx';
import { useEdit } from '../parts/edit.ts';
import { useOpened } from '../parts/opened.ts';
import { RemoveButton } from '../parts/remove-button.tsx';
import { Alert, Card, Outage, Pending } from '../parts/states.tsx';
import { Asked, isDefault, isShared } from './asked-upstream.tsx';
import type { SectionProps } from './sections.ts';

const SKELETON_HEIGHT = 240;
const SOON_MS = 3000;
const ASKED_MS = 10_000;

export function Upstreams(props: SectionProps) {
  const dialog = useOpened(props, 'upstream');
  const { tick } = useLive();
  const answer = useAnswer<Answer<'upstreams'>>('/api/upstreams', {
    tick,
    soonMs: SOON_MS,
  });
  const asked = useAnswer<StatsAnswer>(`/api/stats?range=24h&by=upstream&limit=200`, {
    tick,
    soonMs: ASKED_MS,
  });
  const edit = useEdit(answer.reload);
  return (
    <Card
      title="Upstreams"
      testId="upstreams"
      tools={
        <Button forOperators kind="lead" onClick={dialog.open}>
          Add an upstream
        </Button>
      }
    >
      <Alert text={edit.fault} />
      <Outage of={answer} />
      <Pending of={answer} what="The upstreams cannot be loaded" height={SKELETON_HEIGHT} />
      <ol class="upstreams">
        {answer.value?.upstreams.map((upstream) => (
          <Upstream
            key={`${upstream.api} ${upstream.name}`}
            upstream={upstream}
            asked={asked.value?.rows ?? null}
            isShared={isShared(upstream, answer.value?.upstreams ?? [])}
            onRemove={() =>
              edit.send(`/api/upstreams/${encodeURIComponent(upstream.name)}`, { method: 'DELETE' })
            }
          />
        ))}
      </ol>
      {dialog.isOpen && <UpstreamDialog onClose={dialog.close} onDone={answer.reload} />}
    </Card>
  );
}

function Upstream(props: {
  readonly upstream: UpstreamRow;
  /** Null while it is not known who was asked. */
  readonly asked: readonly BreakdownRow[] | null;
  /** Requests to it are recorded as those to the other default one are. */
  readonly isShared: boolean;
  readonly onRemove: () => Promise<unknown>;
}) {
  const { name, api, url, priority, weight, key, hasKey, health, models } = props.upstream;
  return (
    <li>
      <div class="upstream-head">
        <h3>{name}</h3>
        <Pill tone="quiet">{api}</Pill>
        <code>{url}</code>
        {!isDefault(props.upstream) && (
          <RemoveButton
            name={name}
            words="Requests that it would have answered go to the other upstreams. The name of its key is forgotten with it."
            onRemove={props.onRemove}
          />
        )}
      </div>
      <p class="quiet-line">
        Priority {priority}, weight {weight}
        {models !== null && `, models ${models}`}
        {key === null
          ? ', the client’s own key'
          : `, key from ${key.from} ${key.name}${hasKey === false ? ': cannot be read' : ''}`}
      </p>
      {props.asked !== null && (
        <Asked rows={props.asked} upstream={props.upstream} isShared={props.isShared} />
      )}
      {health.length > 0 && (
        <ul class="health">
          {health.map((row) => (
            <Health key={row.model ?? ''} row={row} />
          ))}
        </ul>
      )}
    </li>
  );
}

const STATE_WORDS = { closed: 'working', open: 'not asked', 'half-open': 'being tried' } as const;

function Health({ row }: { readonly row: UpstreamHealth }) {
  const { model, state, errorRate, latencyMs, requests, reopensAtMs, restsUntilMs } = row;
  return (
    <li>
      <Pill tone={state === 'closed' ? 'good' : state === 'open' ? 'bad' : 'warn'}>{STATE_WORDS[state]}</Pill>
      <span>{model ?? 'all models'}</span>
      <span class="number">{percent(errorRate)} errors</span>
      <span class="number">{duration(latencyMs)}</span>
      <span class="quiet-line">
        of about {count(requests)} lately
        {reopensAtMs !== null && `, tried again ${ago(reopensAtMs)}`}
        {restsUntilMs !== null && `, asked to rest, and asked again ${ago(restsUntilMs)}`}
      </span>
    </li>
  );
}

const APIS = [
  { value: 'openai', label: 'OpenAI' },
  { value: 'anthropic', label: 'Anthropic' },
] as const;

function UpstreamDialog(props: { readonly onClose: () => void; readonly onDone: () => void }) {
  const [name, setName] = useState('');
  const [api, setApi] = useState<'openai' | 'anthropic'>('openai');
  const [url, setUrl] = useState('');
  const [priority, setPriority] = useState('10');
  const [models, setModels] = useState('');
  const send = async (): Promise<void> => {
    await ask('/api/upstreams', {
      method: 'POST',
      body: { name, api, url, priority: typedNumber('Priority', priority), ...(models !== '' && { models }) },
    });
    props.onDone();
  };
  return (
    <FormDialog title="Add an upstream" action="Add" onSend={send} onClose={props.onClose}>
      <div class="field-row">
        <TextField label="Name" value={name} onInput={setName} placeholder="backup" required />
        <SelectField label="Speaks" choices={APIS} value={api} onChoose={setApi} />
      </div>
      <TextField
        label="Address"
        value={url}
        onInput={setUrl}
        placeholder="https://api.example.com/v1"
        required
      />
      <div class="field-row">
        <TextField
          label="Priority"
          value={priority}
          onInput={setPriority}
          hint="Smaller is asked first"
          inputMode="numeric"
        />
        <TextField label="Models" value={models} onInput={setModels} placeholder="any, or claude-*" />
      </div>
      <p class="hint">
        A key of its own is named on the server: <code>tokenwatch upstream add … --key-env NAME</code>.
        Without one the client’s key goes along where the origin is the same.
      </p>
    </FormDialog>
  );
}
