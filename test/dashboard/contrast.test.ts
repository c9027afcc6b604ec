// The contrast of every pair of colours that the page puts on each other, in light and in dark, computed from the
// tokens: WCAG 2.2 asks for 4.5 for text and 3 for what is looked at (lines of charts, edges of fields).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const TOKENS = readFileSync('web/src/style/tokens.css', 'utf8');
const TEXT = 4.5;
const SHAPE = 3;

const GROUNDS = ['ground', 'surface', 'raised', 'sunken', 'hover', 'selected'];
const TEXT_PAIRS: readonly (readonly [string, string])[] = [
  ...GROUNDS.flatMap((ground) => [['text', ground] as const, ['quiet', ground] as const]),
  ...['accent', 'money', 'good', 'warn', 'bad'].flatMap((name) =>
    ['surface', 'raised', 'ground'].map((ground) => [name, ground] as const),
  ),
  ['accent', 'accent-ground'],
  ['accent', 'selected'],
  ['good', 'good-ground'],
  ['warn', 'warn-ground'],
  ['bad', 'bad-ground'],
  ['on-accent', 'accent'],
  ['on-bad', 'bad'],
  ['text', 'bar'],
  ['quiet', 'bar'],
  ['text', 'accent-ground'],
  ['text', 'good-ground'],
  ['text', 'bad-ground'],
];
const SHAPE_PAIRS: readonly (readonly [string, string])[] = [
  ...['1', '2', '3', '4', '5', '6', 'rest'].map((name) => [`series-${name}`, 'surface'] as const),
  ['edge', 'surface'],
  ['edge', 'raised'],
  ...['edge', 'good', 'bad'].map((name) => [name, 'sunken'] as const),
  ['accent', 'ground'],
  ['bad', 'surface'],
];

test('every pair of colours in use can be told apart, in light and in dark', () => {
  const weak: string[] = [];
  for (const scheme of [0, 1] as const) {
    for (const [pairs, least] of [
      [TEXT_PAIRS, TEXT],
      [SHAPE_PAIRS, SHAPE],
    ] as const) {
      for (const [front, back] of pairs) {
        const ratio = contrast(colorOf(front, scheme), colorOf(back, scheme));
        if (ratio < least)
          weak.push(
            `${front} on ${back}, ${scheme === 0 ? 'light' : 'dark'}: ${ratio.toFixed(2)} of ${least}`,
          );
      }
    }
  }
  assert.deepEqual(weak, []);
});

test('the computation knows black on white', () => {
  assert.ok(Math.abs(contrast([0, 0, 0], [1, 0, 0]) - 21) < 0.01);
});

type Oklch = readonly [lightness: number, chroma: number, hue: number];

function colorOf(name: string, scheme: 0 | 1): Oklch {
  const pair = new RegExp(`--${name}: light-dark\\(oklch\\(([^)]+)\\), oklch\\(([^)]+)\\)\\)`).exec(TOKENS);
  const [lightness, chroma, hue] = (pair?.[scheme + 1] ?? '').split(/[ /]+/).map(Number);
  assert.ok(
    lightness !== undefined && chroma !== undefined && hue !== undefined,
    `no token is named ${name}`,
  );
  return [lightness, chroma, hue];
}

function contrast(a: Oklch, b: Oklch): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** Of sRGB (WCAG 2.2), by way of OKLab (B. Ottosson, 2020). What lies outside of sRGB is clipped, as screens do. */
function luminance([lightness, chroma, hue]: Oklch): number {
  const angle = (hue * Math.PI) / 180;
  const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clip = (value: number): number => Math.min(1, Math.max(0, value));
  const red = clip(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s);
  const green = clip(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s);
  const blue = clip(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
