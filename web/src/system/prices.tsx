// What the month's models cost, and what has no price: that is never counted as free.

import type { PriceAnswer } from '../../../src/dashboard/contract.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useLive } from '../data/use-live.ts';
import { ago, count, moment, usd } from '../format.ts';
import { CopyButton } from '../parts/controls.tsx';
import { Card, Nothing, Pending, Scrolls } from '../parts/states.tsx';
import type { SectionProps } from './sections.ts';

const SKELETON_HEIGHT = 320;

export function Prices(_props: SectionProps) {
  const { tick } = useLive();
  const answer = useAnswer<PriceAnswer>('/api/prices', { tick });
  const { value } = answer;
  if (value === null)
    return <Pending of={answer} what="The prices cannot be loaded" height={SKELETON_HEIGHT} />;
  return (
    <>
      <Unpriced rows={value.unpriced} models={value.models} />
      <ModelPrices rows={value.models} />
    </>
  );
}

function Unpriced({
  rows,
  models,
}: {
  readonly rows: PriceAnswer['unpriced'];
  readonly models: PriceAnswer['models'];
}) {
  const priced = new Set(models.flatMap(({ model, price }) => (price === null ? [] : [model])));
  return (
    <Card title="Without a price" testId="unpriced">
      {rows.length === 0 ? (
        <p class="quiet-line">Every request of the last 30 days has a price.</p>
      ) : (
        <Scrolls label="Without a price">
          <table class="plain-table">
            <thead>
              <tr>
                <th scope="col">Model or endpoint</th>
                <th scope="col" class="number">
                  Requests
                </th>
                <th scope="col">Since</th>
                <th scope="col">Last</th>
                <th scope="col">
                  <span class="unseen">What to do</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ model, endpoint, requests, firstMs, lastMs }) => (
                <tr key={`${model} ${endpoint}`}>
                  <th scope="row">
                    {model ?? 'no model named'} <span class="quiet-line">{endpoint}</span>
                  </th>
                  <td class="number">{count(requests)}</td>
                  <td title={moment(firstMs)}>{ago(firstMs)}</td>
                  <td title={moment(lastMs)}>{ago(lastMs)}</td>
                  <td class="tools-cell">
                    {model !== null && priced.has(model) && (
                      <span class="quiet-line">It has one: what these used is not known</span>
                    )}
                    {model !== null && !priced.has(model) && (
                      <CopyButton
                        text={`tokenwatch prices set ${quoted(model)} --input 0.00 --output 0.00`}
                        label="Copy the command that sets one"
                      />
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolls>
      )}
    </Card>
  );
}

function ModelPrices({ rows }: { readonly rows: PriceAnswer['models'] }) {
  return (
    <Card title="Models of the last 30 days">
      {rows.length === 0 ? (
        <Nothing title="No model was asked yet" />
      ) : (
        <Scrolls label="Prices">
          <table class="plain-table">
            <thead>
              <tr>
                <th scope="col">Model</th>
                {['Input', 'Output', 'Cache read', 'Cache write'].map((title) => (
                  <th key={title} scope="col" class="number">
                    {title}
                  </th>
                ))}
                <th scope="col">From</th>
                <th scope="col" class="number">
                  Spent
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ model, costNanoUsd, price }) => (
                <tr key={model}>
                  <th scope="row">{model}</th>
                  {[price?.input, price?.output, price?.cacheRead, price?.cacheWrite5m].map((rate, index) => (
                    <td key={index} class="number">
                      {rate == null ? '–' : rateWords(rate)}
                    </td>
                  ))}
                  <td>{price === null ? 'unknown' : `${price.source}, ${price.priceDate}`}</td>
                  <td class="number">{usd(costNanoUsd)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolls>
      )}
      <p class="hint">Dollars per million tokens, for requests of ordinary length.</p>
    </Card>
  );
}

/** A rate is no sum: all its decimals count, and one alone reads like a slip. */
const rateWords = (rate: number): string => `$${String(rate).replace(/\.\d$/, '$&0')}`;

const quoted = (name: string): string =>
  /^[\w./:-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;
