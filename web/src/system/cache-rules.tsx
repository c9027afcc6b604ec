// What the cache may do for an application, a tag or a model.

import { useState } from 'preact/hooks';
import type { Answer, CacheRuleRow } from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import { typedNumber } from '../data/typed-number.ts';
import { useAnswer } from '../data/use-answer.ts';
import { duration } from '../format.ts';
import { Button, SelectField, TextField } from '../parts/controls.tsx';
import { FormDialog } from '../parts/dialog.tsx';
import { useEdit } from '../parts/edit.ts';
import { Name } from '../parts/name.tsx';
import { useOpened } from '../parts/opened.ts';
import { PlainTable, type TableColumn } from '../parts/plain-table.tsx';
import { RemoveButton } from '../parts/remove-button.tsx';
import { Alert, Card, isFromMemory, Nothing, Outage, Pending } from '../parts/states.tsx';
import { EMPTY_SCOPE, ScopeFields, scopeOf } from './scope-fields.tsx';
import type { SectionProps } from './sections.ts';

const SKELETON_HEIGHT = 90;

export function CacheRules(props: SectionProps) {
  const dialog = useOpened(props, 'cache-rule');
  const rules = useAnswer<Answer<'cacheRules'>>('/api/cache-rules');
  const edit = useEdit(rules.reload);
  const rows = rules.value?.cacheRules ?? null;
  return (
    <Card
      title="Cache rules"
      tools={
        <Button forOperators kind="lead" onClick={dialog.open}>
          Add a rule
        </Button>
      }
    >
      <Alert text={edit.fault} />
      <Outage of={rules} />
      <Pending of={rules} what="The rules cannot be loaded" height={SKELETON_HEIGHT} />
      {rows?.length === 0 && !isFromMemory(rules) && (
        <Nothing title="No cache rule">
          <p>What the settings say holds for all requests.</p>
        </Nothing>
      )}
      {rows !== null && rows.length > 0 && (
        <PlainTable
          label="Cache rules"
          rows={rows}
          keyOf={({ name }) => name}
          columns={columnsOf((name) =>
            edit.send(`/api/cache-rules/${encodeURIComponent(name)}`, { method: 'DELETE' }),
          )}
        />
      )}
      {dialog.isOpen && <RuleDialog onClose={dialog.close} onDone={rules.reload} />}
    </Card>
  );
}

function columnsOf(onRemove: (name: string) => Promise<unknown>): readonly TableColumn<CacheRuleRow>[] {
  return [
    { title: 'Rule', isName: true, cell: ({ name }) => name },
    { title: 'For', look: 'wide', cell: (rule) => <Name text={forWords(rule)} /> },
    { title: 'What', look: 'wide', cell: whatWords },
    {
      title: 'Change',
      isTools: true,
      cell: ({ name }) => (
        <RemoveButton
          name={name}
          words="What it held for is cached as the other rules and the settings say."
          onRemove={() => onRemove(name)}
        />
      ),
    },
  ];
}

function forWords({ app, model, tag }: CacheRuleRow): string {
  const parts = Object.entries({ app, model, tag }).flatMap(([name, value]) =>
    value === null ? [] : [`${name} ${value}`],
  );
  return parts.length === 0 ? 'all requests' : parts.join(', ');
}

function whatWords({ cache, semantic, ttlMs, distanceMax, share }: CacheRuleRow): string {
  return [
    cache === null ? null : cache ? 'cached' : 'never cached',
    semantic === null ? null : semantic ? 'similar prompts may match' : 'identical prompts only',
    ttlMs === null ? null : `kept ${duration(ttlMs)}`,
    distanceMax === null ? null : `distance at most ${distanceMax}`,
    share === null ? null : `shared by ${share}`,
  ]
    .filter((part) => part !== null)
    .join(', ');
}

const CHOICES = [
  { value: 'same', label: 'as set for all' },
  { value: 'on', label: 'on' },
  { value: 'off', label: 'off' },
] as const;
type Choice = (typeof CHOICES)[number]['value'];

function RuleDialog(props: { readonly onClose: () => void; readonly onDone: () => void }) {
  const [name, setName] = useState('');
  const [scope, setScope] = useState(EMPTY_SCOPE);
  const [cache, setCache] = useState<Choice>('same');
  const [semantic, setSemantic] = useState<Choice>('same');
  const [hours, setHours] = useState('');
  const send = async (): Promise<void> => {
    const flag = (field: string, choice: Choice) => (choice === 'same' ? {} : { [field]: choice === 'on' });
    await ask('/api/cache-rules', {
      method: 'POST',
      body: {
        name,
        ...scopeOf(scope),
        ...flag('cache', cache),
        ...flag('semantic', semantic),
        ...(hours.trim() !== '' && { ttlMs: Math.round(typedNumber('Hours kept', hours) * 3_600_000) }),
      },
    });
    props.onDone();
  };
  return (
    <FormDialog title="Add a cache rule" action="Add" onSend={send} onClose={props.onClose}>
      <TextField label="Name" value={name} onInput={setName} placeholder="no-agents" required />
      <ScopeFields scope={scope} onChange={setScope} what="For" />
      <div class="field-row">
        <SelectField label="Cache" choices={CHOICES} value={cache} onChoose={setCache} />
        <SelectField label="Similar prompts" choices={CHOICES} value={semantic} onChoose={setSemantic} />
        <TextField label="Hours kept" value={hours} onInput={setHours} placeholder="24" inputMode="decimal" />
      </div>
    </FormDialog>
  );
}
