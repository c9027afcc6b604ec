// The server itself: version, addresses, where records go and whether they get there, and where it tells of its work.

import type { SystemAnswer } from '../../../src/dashboard/contract.ts';
import { useAnswer } from '../data/use-answer.ts';
import { ago, bytes, count, counted, moment } from '../format.ts';
import { Pill } from '../parts/controls.tsx';
import { Fact } from '../parts/fact.tsx';
import { Card, Pending } from '../parts/states.tsx';
import type { SectionProps } from './sections.ts';

const SKELETON_HEIGHT = [780, 1160] as const;
const EVERY_MS = 5000;

export function ServerFacts(props: SectionProps) {
  const fresh = useAnswer<NonNullable<SectionProps['status']>>('/api/status', { everyMs: EVERY_MS });
  const facts = useAnswer<SystemAnswer>('/api/system', { everyMs: EVERY_MS });
  const status = fresh.value ?? props.status;
  const { value: system } = facts;
  const fault = fresh.fault ?? facts.fault;
  const reload = (): void => {
    fresh.reload();
    facts.reload();
  };
  const told = (
    <Pending
      of={{ value: status === null ? null : system, fault, reload }}
      what="The server’s state cannot be loaded"
      height={SKELETON_HEIGHT}
    />
  );
  if (status === null || (system === null && fault === null)) return told;
  const { journal } = status;
  return (
    <>
      {told}
      <Card title="Server" testId="server">
        <dl class="facts">
          <Fact name="Version">{status.version}</Fact>
          <Fact name="Running since">
            {moment(status.startedAtMs)} ({ago(status.startedAtMs)})
          </Fact>
          <Fact name="Proxy">
            <code>{status.proxyUrl}</code>
          </Fact>
          <Fact name="Anthropic goes to">
            <code>{status.upstreams.anthropic}</code>
          </Fact>
          <Fact name="OpenAI goes to">
            <code>{status.upstreams.openai}</code>
          </Fact>
          <Fact name="In flight now">{count(journal.inFlight)}</Fact>
          {system !== null && (
            <Fact name="Process">
              {system.process.pid}, Node.js {system.process.node.slice(1)},{' '}
              {bytes(system.process.residentBytes)} resident
            </Fact>
          )}
        </dl>
      </Card>
      <Card title="Records">
        <dl class="facts">
          <Fact name="State">
            <Pill tone={journal.lastError === null ? 'good' : 'bad'}>
              {journal.lastError === null ? 'every record reaches the disk' : 'the disk takes no records'}
            </Pill>
          </Fact>
          {journal.lastError !== null && <Fact name="Error">{journal.lastError}</Fact>}
          <Fact name="Data folder">{status.dataDir}</Fact>
          {system !== null && <Store store={system.store} />}
          {system !== null && (
            <Fact name="Spool">
              {count(system.spool.files)} {system.spool.files === 1 ? 'file' : 'files'},{' '}
              {bytes(system.spool.bytes)} on the way to the store
            </Fact>
          )}
          <Fact name="Waiting for the disk">{counted(journal.waitingLines, 'line')}</Fact>
          <Fact name="Given up">
            {journal.droppedLines === 0
              ? 'none'
              : `${counted(journal.droppedLines, 'line')}, because too many waited`}
          </Fact>
        </dl>
      </Card>
      {system !== null && <Telemetry telemetry={system.telemetry} />}
    </>
  );
}

const KINDS = { sqlite: 'SQLite', postgresql: 'PostgreSQL', oracle: 'Oracle Database' } as const;

function Store({ store }: { readonly store: SystemAnswer['store'] }) {
  if (store.fault !== null)
    return (
      <Fact name="Store">
        <Pill tone="bad">{KINDS[store.kind]} does not answer: records wait</Pill> {store.fault}
      </Fact>
    );
  return (
    <>
      <Fact name="Store">
        {KINDS[store.kind]}: {store.path}
      </Fact>
      <Fact name="Holds">
        {counted(store.records, 'request')}, {bytes(store.bytes)}
        {store.oldestMs !== null && `, the oldest of ${moment(store.oldestMs)}`}
        {store.rowsFromMs > 0 && `; of those before ${moment(store.rowsFromMs)} only totals are left`}
      </Fact>
      {store.promptSearch !== null && <Fact name="Similar prompts are compared">{store.promptSearch}</Fact>}
    </>
  );
}

function Telemetry({ telemetry }: { readonly telemetry: SystemAnswer['telemetry'] }) {
  const { otel, log, metricsPath } = telemetry;
  return (
    <Card title="Telemetry" testId="telemetry">
      <dl class="facts">
        <Fact name="Prometheus">
          <a href={metricsPath}>{metricsPath}</a> on this port
        </Fact>
        <Fact name="Log">
          {log.format}, requests {log.requests}
        </Fact>
        {otel === null ? (
          <Fact name="OpenTelemetry">
            off (<code>TOKENWATCH_OTEL_ENABLED</code>)
          </Fact>
        ) : (
          <Otel otel={otel} />
        )}
      </dl>
    </Card>
  );
}

function Otel({ otel }: { readonly otel: NonNullable<SystemAnswer['telemetry']['otel']> }) {
  const { traces, metrics, isRunning, sentRequests, droppedRequests, droppedSpans, lastFault } = otel;
  const isLosing = droppedRequests + droppedSpans > 0;
  return (
    <>
      <Fact name="OpenTelemetry">
        <Pill tone={isRunning ? (isLosing ? 'warn' : 'good') : 'bad'}>
          {isRunning ? (isLosing ? 'sending, with losses' : 'sending') : 'stopped'}
        </Pill>
      </Fact>
      <Fact name="Traces">{traces === null ? 'not sent' : `${traces.url} (${traces.protocol})`}</Fact>
      <Fact name="Metrics">{metrics === null ? 'not sent' : `${metrics.url} (${metrics.protocol})`}</Fact>
      <Fact name="Prompts and answers">{otel.capturesContent ? 'told, redacted' : 'not told'}</Fact>
      <Fact name="Told of">{counted(sentRequests, 'request')}</Fact>
      {isLosing && (
        <Fact name="Lost">
          {counted(droppedSpans, 'span')}, {counted(droppedRequests, 'request')}
        </Fact>
      )}
      {lastFault !== null && (
        <Fact name="Last fault">
          {lastFault.reason} ({ago(lastFault.atMs)})
        </Fact>
      )}
    </>
  );
}
