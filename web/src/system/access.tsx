// Who may come in, and what was changed by whom.

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
          <Users />
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

function Users() {
  const answer = useAnswer<UsersAnswer>('/api/users');
  const { value } = answer;
  if (value === null)
    return <Pending of={answer} what="Users are shown to admins" height={SKELETON_HEIGHT} />;
  return (
    <Card title="Users" testId="users">
      {value.users.length === 0 ? (
        <Nothing title="Everybody at this machine comes in without a login">
          <p>
            A first user closes the door: from then on everyone logs in.{' '}
            <code>tokenwatch user add ann --role admin</code>{' '}
            <CopyButton text="tokenwatch user add ann --role admin" label="Copy the command" />
          </p>
        </Nothing>
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
          rows={value.entries}
          keyOf={({ number }) => number}
          columns={CHANGE_COLUMNS}
        />
      )}
    </Card>
  );
}

const CHANGE_COLUMNS: readonly TableColumn<AuditAnswer['entries'][number]>[] = [
  { title: 'Time', look: 'wide', cell: ({ at }) => moment(Date.parse(at)) },
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
    cell: ({ action, refusal }) => (
      <>
        <code>{action}</code>
        {refusal !== undefined && <p class="quiet-line">Refused: {refusal}</p>}
      </>
    ),
  },
];
