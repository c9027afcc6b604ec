// The server itself: version, addresses, where records go and whether they get there.

import { useAnswer } from '../data/use-answer.ts';
import { ago, count, moment } from '../format.ts';
import { Pill } from '../parts/controls.tsx';
import { Card, Skeleton } from '../parts/states.tsx';
import type { SectionProps } from './sections.ts';

const SKELETON_HEIGHT = 260;
const EVERY_MS = 5000;

export function ServerFacts(props: SectionProps) {
  const fresh = useAnswer<NonNullable<SectionProps['status']>>('/api/status', { everyMs: EVERY_MS });
  const status = fresh.value ?? props.status;
  if (status === null) return <Skeleton height={SKELETON_HEIGHT} />;
  const { journal } = status;
  return (
    <>
      <Card title="Server" testId="server">
        <dl class="facts">
          <Fact name="Version">{status.version}</Fact>
          <Fact name="Running since">
            {moment(status.startedAtMs)} ({ago(status.startedAtMs)})
          </Fact>
          <Fact name="Proxy">
            <code>{status.proxyUrl}</code>
          </Fact>
          <Fact name="Anthropic goes to">{status.upstreams.anthropic}</Fact>
          <Fact name="OpenAI goes to">{status.upstreams.openai}</Fact>
          <Fact name="In flight now">{count(journal.inFlight)}</Fact>
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
          <Fact name="Where">{status.dataDir}</Fact>
          <Fact name="Waiting for the disk">{count(journal.waitingLines)} lines</Fact>
          <Fact name="Given up">
            {journal.droppedLines === 0
              ? 'none'
              : `${count(journal.droppedLines)} lines, because too many waited`}
          </Fact>
        </dl>
      </Card>
    </>
  );
}

function Fact(props: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
