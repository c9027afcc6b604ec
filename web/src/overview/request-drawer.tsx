// One request, whole: how it went, what it cost by class, what was decided about it, who was asked.

import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { RequestAnswer, RequestRecord } from '../../../src/dashboard/contract.ts';
import type { Go } from '../address.ts';
import { useAnswer } from '../data/use-answer.ts';
import { bytes, count, duration, moment, usd } from '../format.ts';
import { Button, Pill } from '../parts/controls.tsx';
import { Fact } from '../parts/fact.tsx';
import { Name } from '../parts/name.tsx';
import { Fault, Skeleton } from '../parts/states.tsx';
import { Conversation } from './conversation.tsx';
import { decisionsOf } from './record-decisions.ts';
import { costWords, DOUBTS, modelOf, outcomeTone, outcomeWords } from './record-words.ts';
import { RequestTools } from './request-tools.tsx';

const SKELETON_HEIGHT = 480;

export function RequestDrawer(props: {
  readonly id: string;
  /** What the table knows of it; null where it has not got it. */
  readonly known: RequestRecord | null;
  readonly onClose: () => void;
  readonly onWalk: (step: 1 | -1) => void;
  readonly go: Go;
}) {
  const { id, known, onClose, onWalk } = props;
  const element = useRef<HTMLElement>(null);
  const isSettled = known !== null && known.outcome !== 'in_flight';
  // Asked anew once it has ended: what follows # tells the two questions apart, and is not sent.
  const answer = useAnswer<RequestAnswer>(`/api/requests/${id}${isSettled ? '' : '#now'}`);
  const record = known ?? answer.value?.record ?? null;

  // Neither waits for a frame: the key that follows is the drawer's.
  useLayoutEffect(() => element.current?.focus(), []);
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (document.querySelector('dialog[open]') !== null) return;
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
      if (event.key === 'Escape') onClose();
      else if (event.key === 'ArrowDown') onWalk(1);
      else if (event.key === 'ArrowUp') onWalk(-1);
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [onClose, onWalk]);

  return (
    <aside ref={element} class="drawer" aria-label="Request" tabIndex={-1} data-testid="drawer">
      <header>
        <div>
          <h2>{record === null ? 'Request' : modelOf(record)}</h2>
          {record !== null && <Pill tone={outcomeTone(record)}>{outcomeWords(record)}</Pill>}
        </div>
        <div>
          <Button kind="quiet" aria-label="The one above" onClick={() => onWalk(-1)}>
            ↑
          </Button>
          <Button kind="quiet" aria-label="The one below" onClick={() => onWalk(1)}>
            ↓
          </Button>
          <Button kind="quiet" aria-label="Close" onClick={onClose}>
            ✕
          </Button>
        </div>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard */}
      <section class="drawer-body" tabIndex={0} aria-label="Details">
        {answer.fault !== null && record === null && (
          <Fault what="This request cannot be shown" fault={answer.fault} onRetry={answer.reload} />
        )}
        {record === null && answer.fault === null && <Skeleton height={SKELETON_HEIGHT} />}
        {record !== null && (
          <Details record={record} answer={answer.isOld ? null : answer.value} go={props.go} />
        )}
        {answer.value !== null && !answer.isOld && (
          <Conversation
            answer={answer.value}
            onReplay={() => props.go({ tab: 'experiments', rest: { new: 'replay', prompt: id } })}
          />
        )}
      </section>
    </aside>
  );
}

type ClassCosts = RequestAnswer['costs'];

function Details(props: {
  readonly record: RequestRecord;
  /** Null until it is here. */
  readonly answer: RequestAnswer | null;
  readonly go: Go;
}) {
  const { record, answer, go } = props;
  return (
    <>
      <p class="drawer-when">{moment(record.startedAtMs)}</p>
      <Timing record={record} />
      <Money record={record} costs={answer?.costs ?? null} />
      <Section title="Decided">
        <ul class="decisions">
          {decisionsOf(record).map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      </Section>
      {record.attempts !== null && <Attempts record={record} />}
      <WhoAndWhat record={record} go={go} />
      <RequestTools record={record} stored={answer?.stored} go={go} />
    </>
  );
}

interface RecordProps {
  readonly record: RequestRecord;
  readonly go: Go;
}

function WhoAndWhat({ record, go }: RecordProps) {
  const { session, tag } = record;
  return (
    <Section title="Who and what">
      <dl class="facts">
        <Fact name="Application">
          <FilterLink go={go} name="app" value={record.app} />
        </Fact>
        {tag !== null && (
          <Fact name="Tag">
            <FilterLink go={go} name="tag" value={tag} />
          </Fact>
        )}
        {session !== null && (
          <Fact name="Session">
            <FilterLink go={go} name="session" value={session} />
          </Fact>
        )}
        {record.user !== null && (
          <Fact name="User">
            <Name text={record.user} />
          </Fact>
        )}
        {record.accessKey !== null && (
          <Fact name="Access key">
            <FilterLink go={go} name="key" value={record.accessKey} />
          </Fact>
        )}
        <Fact name="Endpoint">
          {record.method} {record.path}
        </Fact>
        <Fact name="Upstream">{record.upstream}</Fact>
        <Fact name="Model asked for">{record.modelRequested ?? 'none named'}</Fact>
        <Fact name="Model that answered">{record.modelUsed ?? 'none named'}</Fact>
        {record.finishReason !== null && <Fact name="Ended with">{record.finishReason}</Fact>}
        {record.errorCode !== null && <Fact name="Error">{record.errorCode}</Fact>}
        {record.serviceTier !== null && <Fact name="Service tier">{record.serviceTier}</Fact>}
        <Fact name="Sizes">
          {bytes(record.requestBytes)} sent, {bytes(record.responseBytes)} received
          {record.streamed ? ', streamed' : ''}
        </Fact>
        {record.userAgent !== null && <Fact name="User agent">{record.userAgent}</Fact>}
        <Fact name="Id">
          <code>{record.id}</code>
        </Fact>
        {record.responseId !== null && (
          <Fact name="Response id">
            <code>{record.responseId}</code>
          </Fact>
        )}
        {record.upstreamRequestId !== null && (
          <Fact name="Upstream’s request id">
            <code>{record.upstreamRequestId}</code>
          </Fact>
        )}
      </dl>
    </Section>
  );
}

function Section(props: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section class="drawer-section">
      <h3>{props.title}</h3>
      {props.children}
    </section>
  );
}

function FilterLink(props: {
  readonly go: Go;
  readonly name: 'app' | 'tag' | 'session' | 'key';
  readonly value: string;
}) {
  return (
    <button
      type="button"
      class="link"
      title="Only these"
      onClick={() => props.go({ filters: { [props.name]: props.value }, rest: { request: null } })}
    >
      <Name text={props.value} />
    </button>
  );
}

/** From arrival to the first byte, and to the end. */
function Timing({ record }: { readonly record: RequestRecord }) {
  const { latencyMs, timeToFirstByteMs, outcome } = record;
  if (outcome === 'in_flight') return <p class="quiet-line">It is still running.</p>;
  const share = timeToFirstByteMs === null || latencyMs === 0 ? 1 : timeToFirstByteMs / latencyMs;
  return (
    <div class="timing">
      <div class="timing-bar" aria-hidden="true">
        <span style={{ width: `${100 * Math.min(1, share)}%` }} />
      </div>
      <p>
        {timeToFirstByteMs === null ? 'No byte came' : `First byte after ${duration(timeToFirstByteMs)}`}
        <b>{duration(latencyMs)} in all</b>
      </p>
    </div>
  );
}

function Money({ record, costs }: { readonly record: RequestRecord; readonly costs: ClassCosts }) {
  const {
    usage,
    costDoubt,
    reportedCostNanoUsd,
    listCostNanoUsd,
    priceSource,
    usageSource,
    savedNanoUsd,
    promptCacheSavedNanoUsd,
  } = record;
  if (record.outcome === 'in_flight') return null;
  const classes = [
    ['Input', usage.inputTokens, costs?.inputTokens],
    ['Cache read', usage.cacheReadTokens, costs?.cacheReadTokens],
    ['Cache write, 5 min', usage.cacheWrite5mTokens, costs?.cacheWrite5mTokens],
    ['Cache write, 1 h', usage.cacheWrite1hTokens, costs?.cacheWrite1hTokens],
    ['Output', usage.outputTokens, costs?.outputTokens],
    ['of it reasoning', usage.reasoningTokens, undefined],
    ['Web searches', usage.webSearches, costs?.webSearches],
  ] as const;
  const most = Math.max(1, ...classes.map(([, value]) => value));
  const source =
    usageSource === 'estimate'
      ? 'estimated by tokenizer'
      : usageSource === 'none'
        ? 'none told'
        : 'as the provider told';
  const unpriced = listCostNanoUsd === null ? 'no price is known' : 'not all of it has a known price';
  const price = priceSource === null ? unpriced : `price from ${priceSource}`;
  return (
    <Section title="Tokens and money">
      <p class="drawer-cost">
        <b>{costWords(record)}</b>
        <span>
          {record.outcome === 'cached'
            ? 'answered from the cache: nothing was bought'
            : `${price} · tokens ${source}`}
        </span>
      </p>
      <ul class={costs === null ? 'classes' : 'classes priced'}>
        {classes
          .filter(([, value]) => value > 0)
          .map(([name, value, nanoUsd]) => (
            <li key={name}>
              <span>{name}</span>
              <i style={{ '--share': `${(100 * value) / most}%` }} aria-hidden="true" />
              <b>{count(value)}</b>
              {costs !== null && <span class="number">{nanoUsd === undefined ? '' : usd(nanoUsd)}</span>}
            </li>
          ))}
      </ul>
      {costDoubt !== null && <p class="quiet-line">{DOUBTS[costDoubt]}</p>}
      {reportedCostNanoUsd !== null && (
        <p class="quiet-line">The provider says {usd(reportedCostNanoUsd)}.</p>
      )}
      {savedNanoUsd !== null && <p class="quiet-line">The cache saved {usd(savedNanoUsd)}.</p>}
      {promptCacheSavedNanoUsd !== null && promptCacheSavedNanoUsd !== 0 && (
        <p class="quiet-line">The provider’s prompt cache saved {usd(promptCacheSavedNanoUsd)}.</p>
      )}
    </Section>
  );
}

function Attempts({ record }: { readonly record: RequestRecord }) {
  return (
    <Section title="Attempts">
      <ol class="attempts">
        {(record.attempts ?? []).map(({ upstream, model, outcome, status, ms }, index) => (
          <li key={`${index} ${upstream}`}>
            <span>
              <Name text={upstream} />
            </span>
            <span>{model !== null && <Name text={model} />}</span>
            <Pill tone={outcome === 'answered' ? 'good' : 'bad'}>
              {outcome.replaceAll('_', ' ')} {status}
            </Pill>
            <span class="number">{duration(ms)}</span>
          </li>
        ))}
      </ol>
    </Section>
  );
}
