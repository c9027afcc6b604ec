// Lines over times of which nothing is known: they break there. What is known on both sides is joined by thin dots, which
// keep the eye on the line and claim no figure; and a figure between two gaps, which makes no line, is a point.

import type uPlot from 'uplot';

type Values = ArrayLike<number | null | undefined>;

/** Neighbours among what is known, with something unknown between them. */
export function gapsIn(values: Values): readonly (readonly [from: number, to: number])[] {
  const gaps: [number, number][] = [];
  let last: number | null = null;
  for (let index = 0; index < values.length; index += 1) {
    if (values[index] == null) continue;
    if (last !== null && index - last > 1) gaps.push([last, index]);
    last = index;
  }
  return gaps;
}

/** What is known while both its neighbours are not. */
export function loneIn(values: Values): number[] {
  return Array.from(values).flatMap((value, index) =>
    value != null && values[index - 1] == null && values[index + 1] == null ? [index] : [],
  );
}

const DOTS_PIXELS = [1, 4];
const DOTS_OPACITY = 0.55;

export function drawJoins(plot: uPlot, series: number, color: string): void {
  const { ctx, data } = plot;
  const [times, values = []] = [data[0], data[series]];
  const place = (index: number): [number, number] => [
    plot.valToPos(times[index] ?? 0, 'x', true),
    plot.valToPos(values[index] ?? 0, 'y', true),
  ];
  ctx.save();
  ctx.beginPath();
  for (const [from, to] of gapsIn(values)) {
    ctx.moveTo(...place(from));
    ctx.lineTo(...place(to));
  }
  ctx.globalAlpha = DOTS_OPACITY;
  ctx.strokeStyle = color;
  ctx.lineWidth = devicePixelRatio;
  ctx.lineCap = 'round';
  ctx.setLineDash(DOTS_PIXELS.map((pixels) => pixels * devicePixelRatio));
  ctx.stroke();
  ctx.restore();
}
