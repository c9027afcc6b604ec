// What the cache answered in the range, and how far its answers to similar prompts can be trusted.

import type { ComponentChildren } from 'preact';
import type { CacheAnswer, SemanticReport } from '../../src/dashboard/contract.ts';
import { count, percent, usd } from './format.ts';

function Figure(props: { name: string; value: string; isBad?: boolean; children: ComponentChildren }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd class={props.isBad ? 'bad' : ''}>{props.value}</dd>
      <dd class="detail">{props.children}</dd>
    </div>
  );
}

export function CachePanel({ cache }: { cache: CacheAnswer }) {
  const { exact = 0, inflight = 0, semantic = 0 } = cache.uses;
  return (
    <section class="card" data-testid="cache">
      <h2>Cache</h2>
      <dl class="cache-figures">
        <Figure name="Answered from the cache" value={cache.hitRate === null ? '–' : percent(cache.hitRate)}>
          {count(exact)} exact, {count(inflight)} in flight, {count(semantic)} similar
        </Figure>
        <Figure name="Saved" value={usd(cache.savedNanoUsd)}>
          {count(cache.entries)} answers stored
        </Figure>
        {cache.semantic !== null && <SimilarFigures report={cache.semantic} />}
      </dl>
    </section>
  );
}

function SimilarFigures({ report }: { report: SemanticReport }) {
  const { state, checks, distanceNow, distanceMax } = report;
  const refused = Object.values(report.guards).reduce((sum, number) => sum + number, 0);
  const isOff = distanceNow === 0;
  return (
    <>
      <Figure
        name="Similar prompts"
        value={isOff ? 'off: too many were wrong' : state}
        isBad={isOff || state === 'broken'}
      >
        {report.reason ??
          `distance ${distanceNow}${distanceNow < distanceMax ? ` of ${distanceMax}` : ''}, ${count(refused)} refused by guards`}
      </Figure>
      <Figure
        name="Wrong answers, at most"
        value={checks.made === 0 ? 'not measured' : percent(checks.errorBound)}
        isBad={checks.disagreed > 0 && distanceNow < distanceMax}
      >
        {count(checks.disagreed)} of {count(checks.made)} checked, {percent(checks.errorMax)} allowed
      </Figure>
    </>
  );
}
