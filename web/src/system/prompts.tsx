// Stored prompts: how many there are, and whose are kept. The first rule that matches decides.

import { useState } from 'preact/hooks';
import type { Answer, ArchiveRuleRow, PromptsAnswer } from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import { useMayChange } from '../data/may-change.ts';
import { typedNumber } from '../data/typed-number.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useSeen } from '../data/use-seen.ts';
import { bytes, count, moment } from '../format.ts';
import { Button, Pill, SelectField, TextField } from '../parts/controls.tsx';
import { FormDialog } from '../parts/dialog.tsx';
import { useEdit } from '../parts/edit.ts';
import { Fact } from '../parts/fact.tsx';
import { Name } from '../parts/name.tsx';
import { useOpened } from '../parts/opened.ts';
import { PlainTable, type TableColumn } from '../parts/plain-table.tsx';
import { RemoveButton } from '../parts/remove-button.tsx';
import { Alert, Card, isFromMemory, Nothing, Outage, Pending } from '../parts/states.tsx';
import type { SectionProps } from './sections.ts';

const SKELETON_HEIGHT = 140;
const SKIPPED: Readonly<Record<string, string>> = {
  too_large: 'too large',
  redaction_over_budget: 'redaction took too long',
  not_readable: 'no readable JSON',
  archive_busy: 'the archive could not keep up',
  failed: 'the database took none',
};

export function Prompts(props: SectionProps) {
  const dialog = useOpened(props, 'archive-rule');
  const mayChange = useMayChange();
  const stored = useAnswer<PromptsAnswer>(mayChange ? '/api/prompts?limit=1' : null);
  const rules = useAnswer<Answer<'archiveRules'>>('/api/archive-rules');
  const edit = useEdit(rules.reload);
  const rows = rules.value?.archiveRules.toSorted((a, b) => a.priority - b.priority) ?? null;
  return (
    <>
      {mayChange && (
        <Card title="Stored prompts" testId="stored-prompts">
          <Pending of={stored} what="They cannot be counted" height={SKELETON_HEIGHT} />
          {stored.value !== null && <Stored stored={stored.value.stored} />}
        </Card>
      )}
      <Card
        title="Whose prompts are stored"
        testId="archive-rules"
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
          <Nothing title="No archive rule">
            <p>
              <code>TOKENWATCH_STORE_PROMPTS</code> decides for every request. A rule stores the prompts of
              one application or tag, or leaves them out.
            </p>
          </Nothing>
        )}
        {rows !== null && rows.length > 0 && (
          <PlainTable
            label="Archive rules"
            rows={rows}
            keyOf={({ name }) => name}
            columns={columnsOf((name) =>
              edit.send(`/api/archive-rules/${encodeURIComponent(name)}`, { method: 'DELETE' }),
            )}
          />
        )}
      </Card>
      {dialog.isOpen && <RuleDialog onClose={dialog.close} onDone={rules.reload} />}
    </>
  );
}

function Stored({ stored }: { readonly stored: PromptsAnswer['stored'] }) {
  const { items, bytes: packed, rawBytes, oldestMs, skipped } = stored;
  const lost = Object.entries(skipped);
  return (
    <dl class="facts">
      <Fact name="Requests with their answers">{count(items)}</Fact>
      {items > 0 && (
        <Fact name="Size">
          {bytes(packed)}, packed from {bytes(rawBytes)}
        </Fact>
      )}
      {oldestMs !== null && <Fact name="Oldest">{moment(oldestMs)}</Fact>}
      {lost.length > 0 && (
        <Fact name="Not stored">
          {lost.map(([why, many]) => `${count(many)} ${SKIPPED[why] ?? why}`).join(', ')}
        </Fact>
      )}
    </dl>
  );
}

function columnsOf(onRemove: (name: string) => Promise<unknown>): readonly TableColumn<ArchiveRuleRow>[] {
  return [
    { title: 'Priority', isNumber: true, cell: ({ priority }) => priority },
    { title: 'Rule', isName: true, cell: ({ name }) => name },
    { title: 'Whose', look: 'wide', cell: (rule) => <Name text={whoseWords(rule)} /> },
    {
      title: 'Stored',
      cell: ({ store }) => <Pill tone={store ? 'good' : 'quiet'}>{store ? 'stored' : 'left out'}</Pill>,
    },
    {
      title: 'Change',
      isTools: true,
      cell: ({ name }) => (
        <RemoveButton
          name={name}
          words="Prompts that it decided about are stored or left out as the other rules and the settings say."
          onRemove={() => onRemove(name)}
        />
      ),
    },
  ];
}

function whoseWords({ app, tag }: ArchiveRuleRow): string {
  const parts = [app === null ? [] : `application ${app}`, tag === null ? [] : `tag ${tag}`];
  return parts.flat().join(', ') || 'every request';
}

const STORES = [
  { value: 'on', label: 'Store them' },
  { value: 'off', label: 'Leave them out' },
] as const;

function RuleDialog(props: { readonly onClose: () => void; readonly onDone: () => void }) {
  const [name, setName] = useState('');
  const [app, setApp] = useState('');
  const [tag, setTag] = useState('');
  const [priority, setPriority] = useState('100');
  const [store, setStore] = useState<'on' | 'off'>('on');
  const [apps, tags] = [useSeen('app'), useSeen('tag')];
  const send = async (): Promise<void> => {
    await ask('/api/archive-rules', {
      method: 'POST',
      body: {
        name,
        store: store === 'on',
        priority: typedNumber('Priority', priority),
        ...(app !== '' && { app }),
        ...(tag !== '' && { tag }),
      },
    });
    props.onDone();
  };
  return (
    <FormDialog title="Add an archive rule" action="Add" onSend={send} onClose={props.onClose}>
      <div class="field-row">
        <TextField label="Name" value={name} onInput={setName} placeholder="no-payroll" required />
        <TextField
          label="Priority"
          value={priority}
          onInput={setPriority}
          inputMode="numeric"
          hint="Smaller is tried first"
          required
        />
      </div>
      <div class="field-row">
        <TextField label="Application" value={app} onInput={setApp} list={apps} placeholder="any, or pay*" />
        <TextField label="Tag" value={tag} onInput={setTag} list={tags} placeholder="any" />
      </div>
      <SelectField label="Their prompts" choices={STORES} value={store} onChoose={setStore} />
    </FormDialog>
  );
}
