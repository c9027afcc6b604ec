// Finds secrets in a text: keywords first, natively, and the rules' expressions only in windows around them, on RE2's
// engine, which is linear whatever the text. All rules on a whole text took seconds; this takes milliseconds.

import { RE2JS } from 're2js';
import { entropy } from './entropy.ts';
import { KeywordIndex } from './keyword-index.ts';
import { IDENTIFIERS, OWN_RULES } from './own-rules.ts';
import type { AllowList, SecretRule, SecretRules } from './secret-rule.ts';
import rulesFile from './secret-rules.json' with { type: 'json' };
import type { Span } from './span.ts';

const VENDORED = rulesFile as SecretRules;
/** A match that ends where its window does may go on behind it: the window grows, up to this. */
const WINDOW_MAX = 64 * 1024;

interface Window {
  start: number;
  end: number;
}

interface CompiledAllowList {
  readonly target: AllowList['target'];
  readonly regexes: readonly RE2JS[];
  readonly stopwords: readonly string[];
}

interface CompiledRule {
  readonly regex: RE2JS;
  readonly allow: readonly CompiledAllowList[];
}

export interface SecretSpan extends Span {
  readonly rule: string;
}

export class SecretFinder {
  readonly rules: readonly SecretRule[] = [...OWN_RULES, ...VENDORED.rules];
  readonly #keywords = new KeywordIndex(this.rules.flatMap((rule) => rule.keywords));
  readonly #byKeyword = Map.groupBy(
    this.rules.flatMap((rule) => rule.keywords.map((keyword) => ({ rule, keyword }))),
    ({ keyword }) => keyword,
  );
  /** Compiled when first needed: most are never. */
  readonly #compiled = new Map<string, CompiledRule>();
  #globalAllow: readonly CompiledAllowList[] | null = null;

  /** Whether a field's name alone makes its value worth a look. */
  isTelling(name: string): boolean {
    return this.#keywords.test(name);
  }

  /** `skips` says for a keyword's place that it is of no interest. `pace` is called now and then, and may throw. */
  find(text: string, skips: (at: number) => boolean, pace: () => void): SecretSpan[] {
    const windows = new Map<SecretRule, Window[]>();
    for (const { at, keyword } of this.#keywords.hits(text)) {
      if (skips(at)) continue;
      for (const { rule } of this.#byKeyword.get(keyword) ?? []) open(windows, rule, at, text.length);
    }
    const spans: SecretSpan[] = [];
    for (const [rule, places] of windows) {
      for (const place of places) {
        pace();
        this.#search(rule, text, place, spans);
      }
    }
    return spans;
  }

  #search(rule: SecretRule, text: string, place: Window, spans: SecretSpan[]): void {
    const { regex } = this.#compile(rule);
    const matcher = regex.matcher(text.slice(place.start, place.end));
    while (matcher.find()) {
      const isCut = place.start + matcher.end() === place.end && place.end < text.length;
      if (isCut && place.end - place.start < WINDOW_MAX) {
        const start = place.start + matcher.start();
        this.#search(rule, text, { start, end: Math.min(text.length, start + WINDOW_MAX) }, spans);
        return;
      }
      const group = rule.group ?? firstGroup(matcher.groupCount(), (index) => matcher.start(index));
      const span = { start: place.start + matcher.start(group), end: place.start + matcher.end(group) };
      const match = { start: place.start + matcher.start(), end: place.start + matcher.end() };
      if (span.start >= match.start && this.#isSecret(rule, text, span, match))
        spans.push({ ...span, kind: 'SECRET', rule: rule.id });
    }
  }

  #isSecret(rule: SecretRule, text: string, span: Window, match: Window): boolean {
    const secret = text.slice(span.start, span.end);
    if (secret === '' || (rule.entropy > 0 && entropy(secret) <= rule.entropy)) return false;
    this.#globalAllow ??= VENDORED.allow.map(compileAllowList);
    const lists = [...this.#globalAllow, ...this.#compile(rule).allow];
    const lower = secret.toLowerCase();
    return !lists.some(
      (list) =>
        list.stopwords.some((word) => lower.includes(word)) ||
        list.regexes.some((regex) => regex.test(targetOf(list.target, text, span, match))),
    );
  }

  #compile(rule: SecretRule): CompiledRule {
    let compiled = this.#compiled.get(rule.id);
    if (compiled === undefined) {
      const allow = rule.id === 'generic-api-key' ? [...(rule.allow ?? []), IDENTIFIERS] : (rule.allow ?? []);
      compiled = { regex: RE2JS.compile(rule.regex), allow: allow.map(compileAllowList) };
      this.#compiled.set(rule.id, compiled);
    }
    return compiled;
  }
}

function open(windows: Map<SecretRule, Window[]>, rule: SecretRule, at: number, length: number): void {
  const start = Math.max(0, at - rule.before);
  const end = Math.min(length, at + rule.after);
  const places = windows.get(rule);
  const last = places?.at(-1);
  if (places === undefined) windows.set(rule, [{ start, end }]);
  else if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
  else places.push({ start, end });
}

function compileAllowList({ target, regexes, stopwords }: AllowList): CompiledAllowList {
  return { target, regexes: regexes.map((regex) => RE2JS.compile(regex)), stopwords };
}

function firstGroup(count: number, startOf: (group: number) => number): number {
  for (let group = 1; group <= count; group += 1) if (startOf(group) >= 0) return group;
  return 0;
}

function targetOf(target: AllowList['target'], text: string, span: Window, match: Window): string {
  if (target === 'secret') return text.slice(span.start, span.end);
  if (target === 'match') return text.slice(match.start, match.end);
  const lineEnd = text.indexOf('\n', match.end);
  return text.slice(text.lastIndexOf('\n', match.start) + 1, lineEnd === -1 ? text.length : lineEnd);
}
