// A relative difference with its interval, drawn around no difference.

import { percent } from '../format.ts';

const WIDTH = 200;
const HEIGHT = 24;
const MIDDLE = HEIGHT / 2;
const ROOM = 1.15;

export function IntervalRow(props: {
  readonly name: string;
  /** Shares of A's figure: −0.2 to −0.1 is 10 to 20 % less. Null: not known yet. */
  readonly difference: { readonly low: number; readonly high: number } | null;
  /** Whether less is better. */
  readonly goodWhen?: 'less' | 'more';
}) {
  const { name, difference, goodWhen = 'less' } = props;
  if (difference === null)
    return (
      <div class="interval">
        <span>{name}</span>
        <span class="quiet-line">not enough yet</span>
        <span />
      </div>
    );
  const { low, high } = difference;
  const reach = Math.max(0.05, Math.abs(low), Math.abs(high)) * ROOM;
  const x = (value: number): number => WIDTH / 2 + (value / reach) * (WIDTH / 2);
  const isClear = low > 0 || high < 0;
  const isGood = goodWhen === 'less' ? high < 0 : low > 0;
  const words = isClear
    ? `B ${signed(low)} to ${signed(high)}`
    : `between ${signed(low)} and ${signed(high)}: none shown`;
  return (
    <div class="interval">
      <span>{name}</span>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${name}: ${words}`}
      >
        <line class="zero" x1={WIDTH / 2} x2={WIDTH / 2} y1="0" y2={HEIGHT} />
        <line
          class={`range ${isClear ? (isGood ? 'good' : 'bad') : ''}`}
          x1={x(low)}
          x2={x(high)}
          y1={MIDDLE}
          y2={MIDDLE}
        />
      </svg>
      <span class="quiet-line">{words}</span>
    </div>
  );
}

const signed = (share: number): string => `${share > 0 ? '+' : '−'}${percent(Math.abs(share))}`;
