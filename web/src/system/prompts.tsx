// Stored prompts: how many there are, and whose are kept. The first rule that matches decides.

import { useState } from 'preact/hooks';
import type { ArchiveRuleRow, PromptsAnswer } from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import { useAnswer } from '../data/use-answer.ts';
import { bytes, count, moment } from '../format.ts';
import { Button, Pill, SelectField, TextField } from '../parts/controls.tsx';
import { FormDialog } from '../parts/dialog.tsx';
import { useEdit } from '../parts/edit.ts';
import { Fact } from '../parts/fact.tsx';
import { opened } from '../parts/opened.ts';
import { Alert, Card, Nothing, Pending, Scrolls } from '../parts/states.tsx';
import { useSeen } from './scope-fields.tsx';
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
  const dialog = opened(props, 'archive-rule');
  const stored = useAnswer<PromptsAnswer>('/api/prompts?limit=1');
  const rules = useAnswer<{ archiveRules: readonly ArchiveRuleRow[] }>('/api/archive-rules');
  const edit = useEdit(rules.reload);
  const rows = rules.value?.archiveRules.toSorted((a, b) => a.priority - b.priority) ?? null;
  return (
    <>
      <Card title="Stored prompts" testId="stored-prompts">
        <Pending of={stored} what="They cannot be counted" height={SKELETON_HEIGHT} />
        {stored.value !== null && <Stored stored={stored.value.stored} />}
      </Card>
      <Card
        title="Whose prompts are stored"
        testId="archive-rules"
        tools={
          <Button kind="lead" onClick={dialog.open}>
            Add a rule
          </Button>
        }
      >
        <Alert text={edit.fault} />
        <Pending of={rules} what="The rules cannot be loaded" height={SKELETON_HEIGHT} />
        {rows?.length === 0 && (
          <Nothing title="No archive rule">
            <p>
              <code>TOKENWATCH_STORE_PROMPTS</code> decides for every request. A rule stores the prompts of
              one application or tag, or leaves them out.
            </p>
          </Nothing>
        )}
        {rows !== null && rows.length > 0 && (
          <Rules
            rows={rows}
            onRemove={(name) =>
              void edit.send(`/api/archive-rules/${encodeURIComponent(name)}`, { method: 'DELETE' })
            }
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

function Rules(props: {
  readonly rows: readonly ArchiveRuleRow[];
  readonly onRemove: (name: string) => void;
}) {
  return (
    <Scrolls label="Archive rules">
      <table class="plain-table">
        <thead>
          <tr>
            <th scope="col" class="number">
              Priority
            </th>
            <th scope="col">Rule</th>
            <th scope="col">Whose</th>
            <th scope="col">Stored</th>
            <th scope="col">
              <span class="unseen">Change</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {props.rows.map(({ name, app, tag, priority, store }) => (
            <tr key={name}>
              <td class="number">{priority}</td>
              <th scope="row">{name}</th>
              <td>
                {[app === null ? [] : `application ${app}`, tag === null ? [] : `tag ${tag}`]
                  .flat()
                  .join(', ') || 'every request'}
              </td>
              <td>
                <Pill tone={store ? 'good' : 'quiet'}>{store ? 'stored' : 'left out'}</Pill>
              </td>
              <td class="tools-cell">
                <Button kind="quiet" onClick={() => props.onRemove(name)}>
                  Remove
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolls>
  );
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
        priority: Number(priority),
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
