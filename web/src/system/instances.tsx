// The proxies that share the database: which of them live, and what each may spend of the hard budgets.

import type { InstancesAnswer } from '../../../src/dashboard/contract.ts';
import { useAnswer } from '../data/use-answer.ts';
import { ago, moment, usd } from '../format.ts';
import { Pill } from '../parts/controls.tsx';
import { Card, Pending, Scrolls } from '../parts/states.tsx';
import type { SectionProps } from './sections.ts';

type Instance = InstancesAnswer['instances'][number];

const SKELETON_HEIGHT = 200;
const EVERY_MS = 2000;
const STATES = {
  running: { tone: 'good', word: 'running' },
  silent: { tone: 'bad', word: 'not heard of' },
  stopped: { tone: 'quiet', word: 'stopped' },
} as const;

export function Instances(_props: SectionProps) {
  const answer = useAnswer<InstancesAnswer>('/api/instances', { everyMs: EVERY_MS });
  const { value } = answer;
  if (value === null)
    return <Pending of={answer} what="The proxies cannot be loaded" height={SKELETON_HEIGHT} />;
  const silent = value.instances.filter(({ state }) => state === 'silent').length;
  return (
    <Card title="Proxies" testId="instances">
      <p class="quiet-line">
        {value.isShared
          ? 'All that share this database. Traffic, rules, budgets and the cache are those of all.'
          : 'SQLite serves this proxy alone. With PostgreSQL or Oracle Database, several share what they know.'}
      </p>
      {value.fault !== null && (
        <p class="fault" role="alert">
          The database does not tell of the others: {value.fault}
        </p>
      )}
      {silent > 0 && (
        <p class="fault" role="alert">
          {silent === 1 ? 'One proxy is' : `${silent} proxies are`} not heard of: what is leased there counts
          as spent until its records are in. Start it again on its data folder, or end it.
        </p>
      )}
      <Scrolls label="Proxies">
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">Proxy</th>
              <th scope="col">State</th>
              <th scope="col">Version</th>
              <th scope="col">Started</th>
              <th scope="col">Last seen</th>
              <th scope="col" class="number">
                Leased, not spent
              </th>
            </tr>
          </thead>
          <tbody>
            {value.instances.map((instance) => (
              <Row key={instance.id} instance={instance} isSelf={instance.id === value.self} />
            ))}
          </tbody>
        </table>
      </Scrolls>
    </Card>
  );
}

function Row({ instance, isSelf }: { readonly instance: Instance; readonly isSelf: boolean }) {
  const { id, host, version, state, startedAtMs, seenAtMs, outstandingNanoUsd, leases } = instance;
  return (
    <tr>
      <th scope="row">
        {host} {isSelf && <Pill tone="quiet">this one</Pill>}
        <p class="quiet-line">{id}</p>
      </th>
      <td>
        <Pill tone={STATES[state].tone}>{STATES[state].word}</Pill>
      </td>
      <td>{version}</td>
      <td title={moment(startedAtMs)}>{ago(startedAtMs)}</td>
      <td title={moment(seenAtMs)}>{ago(seenAtMs)}</td>
      <td class="number">
        {usd(outstandingNanoUsd)}
        {leases.map(({ budget, periodStartMs, grantedNanoUsd, spentNanoUsd, reservedNanoUsd }) => (
          <p class="quiet-line" key={`${budget} ${periodStartMs}`}>
            {budget}: {usd(spentNanoUsd)} of {usd(grantedNanoUsd)}
            {reservedNanoUsd > 0 && `, ${usd(reservedNanoUsd)} set aside`}
          </p>
        ))}
      </td>
    </tr>
  );
}
