// A part of a chart that is marked to be zoomed into: by a finger that moves sideways, and by the keyboard.

import { useLayoutEffect, useState } from 'preact/hooks';
import type uPlot from 'uplot';

interface Marked {
  /** Starts of the buckets, epoch milliseconds. */
  readonly timesMs: readonly number[];
  readonly bucketMs: number;
  /** None where nothing can be zoomed into: then nothing is marked. */
  readonly onZoom?: (fromMs: number, toMs: number) => void;
}

/** What is shorter was no mark: a hand that shook. */
export const MARK_PIXELS_MIN = 8;

function showMark(plot: uPlot, left: number, right: number): void {
  const [first, width] = [Math.min(left, right), Math.abs(right - left)];
  plot.setSelect({ left: first, width, top: 0, height: plot.over.clientHeight }, false);
}

export const hideMark = (plot: uPlot): void => showMark(plot, 0, 0);

/** As dragging the pointer does, which the chart does by itself. A finger that moves up or down scrolls the page. */
export function markByTouch(plot: uPlot, onMarked: (left: number, right: number) => void): void {
  const { over } = plot;
  let start: number | null = null;
  const placeOf = ({ clientX }: PointerEvent): number =>
    Math.min(over.clientWidth, Math.max(0, clientX - over.getBoundingClientRect().left));
  const end = (): void => {
    start = null;
    hideMark(plot);
  };
  over.addEventListener('pointerdown', (event) => {
    if (event.pointerType === 'touch' && event.isPrimary) start = placeOf(event);
  });
  over.addEventListener('pointermove', (event) => {
    if (start === null || !event.isPrimary) return;
    plot.setCursor({ left: placeOf(event), top: 0 });
    showMark(plot, start, placeOf(event));
  });
  over.addEventListener('pointerup', (event) => {
    if (start === null || !event.isPrimary) return;
    const [left, right] = [start, placeOf(event)].sort((a, b) => a - b) as [number, number];
    end();
    if (right - left >= MARK_PIXELS_MIN) onMarked(left, right);
  });
  over.addEventListener('pointercancel', end);
}

/** Whether a pointer or a finger went down in an element, and is not up again. */
export function useDrag(place: { readonly current: HTMLElement | null }): boolean {
  const [isDragged, setDragged] = useState(false);
  useLayoutEffect(() => {
    const isTouch = (event: Event): boolean => event instanceof PointerEvent && event.pointerType === 'touch';
    const begin = (event: Event): void => {
      if (event.type === 'mousedown' || isTouch(event)) setDragged(true);
    };
    // At the window: the chart itself hears first that it is over. A mouse's button is up with `mouseup`, not before.
    const end = (event: Event): void => {
      if (event.type !== 'pointerup' || isTouch(event)) setDragged(false);
    };
    const listen = (target: EventTarget | null, types: readonly string[], take: (event: Event) => void) => {
      for (const type of types) target?.addEventListener(type, take);
      return () => {
        for (const type of types) target?.removeEventListener(type, take);
      };
    };
    const beginning = listen(place.current, ['mousedown', 'pointerdown'], begin);
    const ending = listen(window, ['mouseup', 'pointerup', 'pointercancel', 'blur'], end);
    return () => {
      beginning();
      ending();
    };
  }, []);
  return isDragged;
}

/** The arrows move the crosshair; with Shift they mark what they pass over, which Enter zooms into and Escape drops. */
export function useChartKeys(
  plot: { readonly current: uPlot | null },
  { timesMs, bucketMs, onZoom }: Marked,
  pointed: number | null,
) {
  /** It ends at the crosshair. */
  const [markedFrom, setMarkedFrom] = useState<number | null>(null);
  const unmark = (): void => {
    setMarkedFrom(null);
    if (plot.current !== null) hideMark(plot.current);
  };
  // Other buckets: what was marked is not there any more.
  useLayoutEffect(unmark, [bucketMs]);
  const move = (step: -1 | 1, isMarking: boolean): void => {
    const { current } = plot;
    if (current === null) return;
    const last = timesMs.length - 1;
    const from = pointed ?? last + 1;
    const index = Math.min(last, Math.max(0, from + step));
    const leftOf = (at: number): number => current.valToPos((timesMs[at] ?? 0) / 1000, 'x');
    current.setCursor({ left: leftOf(index), top: 10 });
    if (isMarking) {
      const begin = markedFrom ?? Math.min(last, from);
      setMarkedFrom(begin);
      showMark(current, leftOf(begin), leftOf(index));
    } else if (markedFrom !== null) unmark();
  };
  const press = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : null;
    const isMarked = markedFrom !== null && pointed !== null;
    if (step !== null) move(step, event.shiftKey && onZoom !== undefined);
    else if (isMarked && event.key === 'Enter') {
      const first = timesMs[Math.min(markedFrom, pointed)] ?? 0;
      const last = timesMs[Math.max(markedFrom, pointed)] ?? 0;
      unmark();
      onZoom?.(first, last + bucketMs);
    } else if (isMarked && event.key === 'Escape') unmark();
    else return;
    event.preventDefault();
  };
  return { press, unmark, isMarking: markedFrom !== null };
}
