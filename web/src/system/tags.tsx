// Rules that give requests without a tag of their own one.

import { useState } from 'preact/hooks';
import type { TagRow } from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import { useAnswer } from '../data/use-answer.ts';
import { Button, Pill, SelectField, TextField } from '../parts/controls.tsx';
import { FormDialog } from '../parts/dialog.tsx';
import { useEdit } from '../parts/edit.ts';
import { opened } from '../parts/opened.ts';
import { Alert, Card, Nothing, Pending, Scrolls } from '../parts/states.tsx';
import { CONDITION_KINDS } from './condition-kinds.ts';
import type { SectionProps } from './sections.ts';

const SKELETON_HEIGHT = 180;

export function Tags(props: SectionProps) {
  const dialog = opened(props, 'tag');
  const tags = useAnswer<{ tags: readonly TagRow[] }>('/api/tags');
  const edit = useEdit(tags.reload);
  const rows = tags.value?.tags ?? null;
  return (
    <>
      <Card
        title="Tag rules"
        testId="tags"
        tools={
          <Button kind="lead" onClick={dialog.open}>
            Add a rule
          </Button>
        }
      >
        <Alert text={edit.fault} />
        <Pending of={tags} what="The rules cannot be loaded" height={SKELETON_HEIGHT} />
        {rows?.length === 0 && (
          <Nothing title="No tag rule">
            <p>
              An application tags its requests with the header <code>X-TokenWatch-Tag</code>; a rule tags
              those that come without.
            </p>
          </Nothing>
        )}
        {rows !== null && rows.length > 0 && (
          <Scrolls label="Tag rules">
            <table class="plain-table">
              <thead>
                <tr>
                  <th scope="col">Rule</th>
                  <th scope="col">Where</th>
                  <th scope="col">Tag</th>
                  <th scope="col">
                    <span class="unseen">Change</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map(({ name, condition, tag }) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td>
                      {condition.type} {condition.value}
                    </td>
                    <td>
                      <Pill tone="accent">{tag}</Pill>
                    </td>
                    <td class="tools-cell">
                      <Button
                        kind="quiet"
                        onClick={() =>
                          void edit.send(`/api/tags/${encodeURIComponent(name)}`, { method: 'DELETE' })
                        }
                      >
                        Remove
                      </Button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scrolls>
        )}
      </Card>
      {dialog.isOpen && <TagDialog onClose={dialog.close} onDone={tags.reload} />}
    </>
  );
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
