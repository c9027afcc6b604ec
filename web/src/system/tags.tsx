// Rules that give requests without a tag of their own one.

import { useState } from 'preact/hooks';
import type { Answer, TagRow } from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import { useAnswer } from '../data/use-answer.ts';
import { Button, Pill, SelectField, TextField } from '../parts/controls.tsx';
import { FormDialog } from '../parts/dialog.tsx';
import { useEdit } from '../parts/edit.ts';
import { Name } from '../parts/name.tsx';
import { useOpened } from '../parts/opened.ts';
import { PlainTable, type TableColumn } from '../parts/plain-table.tsx';
import { RemoveButton } from '../parts/remove-button.tsx';
import { Alert, Card, isFromMemory, Nothing, Outage, Pending } from '../parts/states.tsx';
import { CONDITION_KINDS } from './condition-kinds.ts';
import type { SectionProps } from './sections.ts';

const SKELETON_HEIGHT = 180;

export function Tags(props: SectionProps) {
  const dialog = useOpened(props, 'tag');
  const tags = useAnswer<Answer<'tags'>>('/api/tags');
  const edit = useEdit(tags.reload);
  const rows = tags.value?.tags ?? null;
  return (
    <>
      <Card
        title="Tag rules"
        testId="tags"
        tools={
          <Button forOperators kind="lead" onClick={dialog.open}>
            Add a rule
          </Button>
        }
      >
        <Alert text={edit.fault} />
        <Outage of={tags} />
        <Pending of={tags} what="The rules cannot be loaded" height={SKELETON_HEIGHT} />
        {rows?.length === 0 && !isFromMemory(tags) && (
          <Nothing title="No tag rule">
            <p>
              An application tags its requests with the header <code>X-TokenWatch-Tag</code>; a rule tags
              those that come without.
            </p>
          </Nothing>
        )}
        {rows !== null && rows.length > 0 && (
          <PlainTable
            label="Tag rules"
            rows={rows}
            keyOf={({ name }) => name}
            columns={columnsOf((name) =>
              edit.send(`/api/tags/${encodeURIComponent(name)}`, { method: 'DELETE' }),
            )}
          />
        )}
      </Card>
      {dialog.isOpen && <TagDialog onClose={dialog.close} onDone={tags.reload} />}
    </>
  );
}

function columnsOf(onRemove: (name: string) => Promise<unknown>): readonly TableColumn<TagRow>[] {
  return [
    { title: 'Rule', isName: true, cell: ({ name }) => name },
    {
      title: 'Where',
      look: 'wide',
      cell: ({ condition: { type, value } }) => (
        <>
          {type} <Name text={value} />
        </>
      ),
    },
    {
      title: 'Tag',
      look: 'wide',
      cell: ({ tag }) => (
        <Pill tone="accent">
          <Name text={tag} />
        </Pill>
      ),
    },
    {
      title: 'Change',
      isTools: true,
      cell: ({ name }) => (
        <RemoveButton
          name={name}
          words="Requests that it tagged come without a tag, or with that of another rule."
          onRemove={() => onRemove(name)}
        />
      ),
    },
  ];
}

function TagDialog(props: { readonly onClose: () => void; readonly onDone: () => void }) {
  const [name, setName] = useState('');
  const [type, setType] = useState<string>('source_app');
  const [value, setValue] = useState('');
  const [tag, setTag] = useState('');
  const send = async (): Promise<void> => {
    await ask('/api/tags', { method: 'POST', body: { name, condition: { type, value }, tag } });
    props.onDone();
  };
  return (
    <FormDialog title="Add a tag rule" action="Add" onSend={send} onClose={props.onClose}>
      <TextField label="Name" value={name} onInput={setName} required />
      <div class="field-row">
        <SelectField label="Where" choices={CONDITION_KINDS} value={type} onChoose={setType} />
        <TextField
          label="Value"
          value={value}
          onInput={setValue}
          placeholder={CONDITION_KINDS.find((kind) => kind.value === type)?.example ?? ''}
          required
        />
      </div>
      <TextField label="Tag" value={tag} onInput={setTag} placeholder="team=growth" required />
    </FormDialog>
  );
}
