// Secrets for the corpus, made from the rules' own expressions, so that every rule is tried and none is written down.

import fc from 'fast-check';
import { RE2JS } from 're2js';
import type { SecretRule } from '../../src/redaction/secret-rule.ts';

/** Most rules' first texts will do; a few are choosy. */
const TRIES = [8, 150];
const WANTED = 4;

/** What may stand for RE2's syntax where only the shape of a text matters. */
const SPELLINGS: readonly (readonly [string, string])[] = [
  ['(?i)', ''],
  ['(?m)', ''],
  ['(?i:', '(?:'],
  ['(?-i:', '(?:'],
  ['(?s:.)', '.'],
  ['(?P<', '(?<'],
  ['[[:alnum:]]', '[a-zA-Z0-9]'],
  ['\\z', '$'],
  ['\\x60', '`'],
  ['\\b', ''],
  ['\\B', ''],
  // Dashes and underscores alone would make samples that no rule takes for random.
  ['[\\w-]', '[a-zA-Z0-9]'],
  ['[\\w=-]', '[a-zA-Z0-9]'],
  ['[\\w=\\-]', '[a-zA-Z0-9]'],
  ['[\\w.=-]', '[a-zA-Z0-9]'],
  ['[A-Za-z0-9_-]', '[a-zA-Z0-9]'],
  ['[a-z0-9=_\\-]', '[a-z0-9]'],
  ['[a-zA-Z0-9_-]', '[a-zA-Z0-9]'],
  ['[a-zA-Z0-9_\\-]', '[a-zA-Z0-9]'],
];

/** By the definition, apart from the code that is tried. */
function bitsPerCharacter(text: string): number {
  const characters = [...text];
  return characters.reduce((sum, character) => {
    const share = characters.filter((other) => other === character).length / characters.length;
    return sum - Math.log2(share) / characters.length;
  }, 0);
}

function secretOf(rule: SecretRule, text: string): string | null {
  const matcher = RE2JS.compile(rule.regex).matcher(text);
  if (!matcher.find()) return null;
  for (let group = rule.group ?? 1; group <= matcher.groupCount(); group += 1) {
    const secret = matcher.group(group);
    if (secret !== null) return secret;
  }
  return matcher.group();
}

const made = new Map<string, readonly Sample[]>();

export interface Sample {
  readonly text: string;
  readonly secret: string;
}

/** Texts that hold a secret of this rule by its own words: expression, entropy and keyword. */
export function samplesOf(rule: SecretRule): readonly Sample[] {
  let samples = made.get(rule.id) ?? [];
  for (const tries of samples.length > 0 ? [] : TRIES) {
    samples = makeSamples(rule, tries);
    if (samples.length >= WANTED) break;
  }
  made.set(rule.id, samples);
  return samples;
}

function makeSamples(rule: SecretRule, numRuns: number): readonly Sample[] {
  let shape = rule.regex;
  for (const [from, to] of SPELLINGS) shape = shape.replaceAll(from, to);
  // A dot in a host's name is meant as a dot.
  shape = shape.replace(/(?<=[a-z])\.(?=[a-z])/g, '\\.');
  const texts = fc.sample(fc.noBias(fc.stringMatching(new RegExp(`^(?:${shape})$`))), { numRuns, seed: 7 });
  const samples = texts.flatMap((text) => {
    const named = rule.keywords.some((keyword) => text.toLowerCase().includes(keyword));
    const whole = named ? text : `${rule.keywords[0]} ${text}`;
    const secret = secretOf(rule, whole);
    return secret !== null && bitsPerCharacter(secret) > rule.entropy ? [{ text: whole, secret }] : [];
  });
  return samples.slice(0, WANTED);
}
