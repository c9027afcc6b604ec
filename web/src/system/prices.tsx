// What the month's models cost, and what has no price: that is never counted as free.

import type { PriceAnswer } from '../../../src/dashboard/contract.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useLive } from '../data/use-live.ts';
import { ago, count, moment, usdSum } from '../format.ts';
import { CopyButton } from '../parts/controls.tsx';
import { PlainTable, type TableColumn } from '../parts/plain-table.tsx';
import { Card, Nothing, Pending } from '../parts/states.tsx';
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
      <ModelPrices {...value} />
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
        <PlainTable
          label="Without a price"
          rows={rows}
          keyOf={({ model, endpoint }) => `${model} ${endpoint}`}
          columns={unpricedColumns(priced)}
          isLive
        />
      )}
    </Card>
  );
}

function unpricedColumns(
  priced: ReadonlySet<string>,
): readonly TableColumn<PriceAnswer['unpriced'][number]>[] {
  return [
    {
      title: 'Model or endpoint',
      isName: true,
      cell: ({ model, endpoint }) => (
        <>
          {model ?? 'no model named'} <span class="quiet-line">{endpoint}</span>
        </>
      ),
    },
    { title: 'Requests', isNumber: true, cell: ({ requests }) => count(requests) },
    { title: 'Since', cell: ({ firstMs }) => ago(firstMs), hint: ({ firstMs }) => moment(firstMs) },
    { title: 'Last', cell: ({ lastMs }) => ago(lastMs), hint: ({ lastMs }) => moment(lastMs) },
    {
      title: 'What to do',
      isTools: true,
      cell: ({ model }) =>
        model !== null &&
        (priced.has(model) ? (
          <span class="quiet-line">It has one: what these used is not known</span>
        ) : (
          <CopyButton
            text={`tokenwatch prices set ${quoted(model)} --input 0.00 --output 0.00`}
            label="Copy the command that sets one"
          />
        )),
    },
  ];
}

function ModelPrices({ models: rows, unpriced }: Pick<PriceAnswer, 'models' | 'unpriced'>) {
  const unpricedOf = (name: string): number =>
    unpriced.reduce((sum, { model, requests }) => sum + (model === name ? requests : 0), 0);
  return (
    <Card title="Models of the last 30 days">
      {rows.length === 0 ? (
        <Nothing title="No model was asked yet" />
      ) : (
        <PlainTable
          label="Prices"
          rows={rows}
          keyOf={({ model }) => model}
          columns={priceColumns(unpricedOf)}
          isLive
        />
      )}
      <p class="hint">Dollars per million tokens, for requests of ordinary length.</p>
    </Card>
  );
}

const RATES = [
  { title: 'Input', rate: 'input' },
  { title: 'Output', rate: 'output' },
  { title: 'Cache read', rate: 'cacheRead' },
  { title: 'Cache write', rate: 'cacheWrite5m' },
] as const;

const priceColumns = (
  unpricedOf: (model: string) => number,
): readonly TableColumn<PriceAnswer['models'][number]>[] => [
  { title: 'Model', isName: true, cell: ({ model }) => model },
  ...RATES.map(
    ({ title, rate }): TableColumn<PriceAnswer['models'][number]> => ({
      title,
      isNumber: true,
      cell: ({ price }) => (price?.[rate] == null ? '–' : rateWords(price[rate])),
    }),
  ),
  {
    title: 'From',
    look: 'wide',
    cell: ({ price }) => (price === null ? 'unknown' : <Source {...price} />),
  },
  {
    title: 'Spent',
    isNumber: true,
    look: 'wide',
    cell: ({ model, costNanoUsd }) => usdSum(costNanoUsd, unpricedOf(model)),
  },
];

function Source({ source, priceDate }: { readonly source: string; readonly priceDate: string }) {
  return (
    <>
      {source}, <span class="unbroken">{priceDate}</span>
    </>
  );
}

/** A rate is no sum: all its decimals count, and one alone reads like a slip. */
const rateWords = (rate: number): string => `$${String(rate).replace(/\.\d$/, '$&0')}`;

const quoted = (name: string): string =>
  /^[\w./:-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;
