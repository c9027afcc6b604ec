// Who may come in, and what was changed by whom.

import { Fragment } from 'preact';
import type { AuditAnswer, UsersAnswer } from '../../../src/dashboard/contract.ts';
import { AdminsOnly } from '../access/admins-only.tsx';
import { useAnswer } from '../data/use-answer.ts';
import { counted, moment } from '../format.ts';
import { CopyButton } from '../parts/controls.tsx';
import { Name } from '../parts/name.tsx';
import { PlainTable, type TableColumn } from '../parts/plain-table.tsx';
import { Card, Nothing, Pending } from '../parts/states.tsx';
import type { SectionProps } from './sections.ts';
import { YourLogin } from './your-login.tsx';

const SKELETON_HEIGHT = 320;
const ENTRIES = 100;

export function Access({ session }: SectionProps) {
  return (
    <>
      <YourLogin />
      {session.role === 'admin' ? (
        <>
          <Users session={session} />
          <Audit />
        </>
      ) : (
        <Card title="Users and changes" testId="access">
          <AdminsOnly
            what="Who may log in, and what was changed by whom, is shown to admins."
            session={session}
          />
        </Card>
      )}
    </>
  );
}

function Users({ session }: Pick<SectionProps, 'session'>) {
  const answer = useAnswer<UsersAnswer>('/api/users');
  const { value } = answer;
  if (value === null)
    return <Pending of={answer} what="Users are shown to admins" height={SKELETON_HEIGHT} />;
  return (
    <Card title="Users" testId="users">
      {value.users.length === 0 ? (
        <NoUsers {...session} />
      ) : (
        <PlainTable
          label="Users"
          rows={value.users}
          keyOf={({ name }) => name}
          columns={[
            { title: 'Name', isName: true, cell: ({ name }) => <Name text={name} /> },
            { title: 'Role', cell: ({ role }) => role },
            { title: 'Since', cell: ({ createdAtMs }) => moment(createdAtMs) },
          ]}
        />
      )}
    </Card>
  );
}

/** Nobody who comes in by a password: how else people do. */
function NoUsers({ mustLogIn, provider }: SectionProps['session']) {
  const add = (
    <>
      <code>tokenwatch user add ann --role admin</code>{' '}
      <CopyButton text="tokenwatch user add ann --role admin" label="Copy the command" />
    </>
  );
  if (!mustLogIn)
    return (
      <Nothing title="Everybody at this machine comes in without a login">
        <p>A first user closes the door: from then on everyone logs in. {add}</p>
      </Nothing>
    );
  return (
    <Nothing title="Nobody has a password">
      <p>
        {provider === null ? (
          <>
            People come in by a link that <code>tokenwatch open</code> prints.
          </>
        ) : (
          `People log in with ${provider}.`
        )}{' '}
        A user with a password can log in as well. {add}
      </p>
    </Nothing>
  );
}

function Audit() {
  const answer = useAnswer<AuditAnswer>(`/api/audit?limit=${ENTRIES}`, { everyMs: 15_000 });
  const { value } = answer;
  if (value === null)
    return <Pending of={answer} what="The audit log is shown to admins" height={SKELETON_HEIGHT} />;
  const { fault, entries } = value.verdict;
  return (
    <Card title="Changes" testId="audit">
      <p class="quiet-line" role={fault === null ? undefined : 'alert'}>
        {fault === null
          ? `${counted(entries, 'change')}, ${entries === 1 ? '' : 'each '}as it was written.`
          : `The log is not as it was written: line ${fault.line}: ${fault.what}.`}
      </p>
      {value.entries.length > 0 && (
        <PlainTable
          label="Changes"
          look="top-aligned"
          rows={value.entries}
          keyOf={({ number }) => number}
          columns={CHANGE_COLUMNS}
        />
      )}
    </Card>
  );
}

const CHANGE_COLUMNS: readonly TableColumn<AuditAnswer['entries'][number]>[] = [
  { title: 'Time', look: 'wide', cell: ({ at }) => <span class="unbroken">{moment(Date.parse(at))}</span> },
  {
    title: 'Who',
    isName: true,
    cell: ({ who, role }) => (
      <>
        <Name text={who} /> <span class="quiet-line">{role}</span>
      </>
    ),
  },
  {
    title: 'Change',
    look: 'wide',
    cell: (entry) => <Change entry={entry} />,
  },
];

/** What was done to what, why it was refused, and on demand what it was before and is now. */
function Change({ entry }: { readonly entry: AuditAnswer['entries'][number] }) {
  const { action, asked, before, after, refusal } = entry;
  const name = (asked as { readonly name?: unknown } | null | undefined)?.name;
  const isNamed = typeof name === 'string' && !action.endsWith(`/${name}`);
  const sides = Object.entries({ 'As it was': before, 'As it is now': after }).filter(
    ([, value]) => value !== null,
  );
  return (
    <>
      <code>{action}</code> {isNamed && <Name text={name} />}
      {refusal !== undefined && <p class="quiet-line">Refused: {refusal}</p>}
      {sides.length > 0 && (
        <details class="change-sides">
          <summary>{sides.length > 1 ? 'Before and now' : sides[0]?.[0]}</summary>
          {sides.map(([side, value]) => (
            <Fragment key={side}>
              {sides.length > 1 && <p class="hint">{side}</p>}
              <pre class="body-text">{JSON.stringify(value, null, 2)}</pre>
            </Fragment>
          ))}
        </details>
      )}
    </>
  );
}
