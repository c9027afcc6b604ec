// What the cache answered in the range, and how far its answers to similar prompts can be trusted.

import type { ComponentChildren } from 'preact';
import type { CacheAnswer, SemanticReport } from '../../../src/dashboard/contract.ts';
import { count, counted, percent, usd } from '../format.ts';

/** With fewer, the bound says how little is known, not how much is wrong. */
const CHECKS_MIN = 30;

function Figure(props: { name: string; value: string; isBad?: boolean; children: ComponentChildren }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd class={props.isBad ? 'bad' : ''}>{props.value}</dd>
      <dd class="detail">{props.children}</dd>
    </div>
  );
}

/** `isOfAll`: beside figures that a filter narrows, which the cache's are not. */
export function CachePanel({ cache, isOfAll = false }: { cache: CacheAnswer; isOfAll?: boolean }) {
  const { exact = 0, inflight = 0, semantic = 0 } = cache.uses;
  return (
    <section class="card" data-testid="cache">
      <h2>Cache</h2>
      <dl class="figures">
        <Figure name="Answered from the cache" value={cache.hitRate === null ? '–' : percent(cache.hitRate)}>
          {count(exact)} exact, {count(inflight)} in flight, {count(semantic)} similar
        </Figure>
        <Figure name="Saved" value={usd(cache.savedNanoUsd)}>
          {counted(cache.entries, 'answer')} stored
        </Figure>
        {cache.semantic !== null && <SimilarFigures report={cache.semantic} />}
      </dl>
      {isOfAll && <p class="hint">Of all requests of the span: the filter does not narrow these.</p>}
    </section>
  );
}

const STATE_WORDS: Readonly<Record<SemanticReport['state'], string>> = {
  off: 'off',
  starting: 'starting',
  working: 'answered',
  broken: 'embedder broken',
};

function SimilarFigures({ report }: { report: SemanticReport }) {
  const { state, checks, distanceNow, distanceMax } = report;
  const refused = Object.values(report.guards).reduce((sum, number) => sum + number, 0);
  const isOff = distanceNow === 0;
  return (
    <>
      <Figure
        name="Similar prompts"
        value={isOff ? 'off: too many were wrong' : STATE_WORDS[state]}
        isBad={isOff || state === 'broken'}
      >
        {report.reason ??
          `distance ${distanceNow}${distanceNow < distanceMax ? ` of ${distanceMax}` : ''}, ${count(refused)} refused by guards`}
      </Figure>
      <Figure
        name="Wrong answers, at most"
        value={checks.made < CHECKS_MIN ? 'too few checks' : percent(checks.errorBound)}
        isBad={checks.disagreed > 0 && distanceNow < distanceMax}
      >
        {count(checks.disagreed)} wrong of {count(checks.made)} checked, {percent(checks.errorMax)} allowed
      </Figure>
    </>
  );
}
