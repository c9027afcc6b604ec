// Whether a request's prompt is stored: the first archive rule that matches decides, and without one the setting does.

import { globTest } from '../core/glob.ts';
import { tagTest } from '../core/tag.ts';

export interface ArchiveRuleDefinition {
  /** Whom it concerns; null for all. In names of applications `*` stands for any text. */
  readonly app: string | null;
  /** A whole tag, or one of its facets. */
  readonly tag: string | null;
  /** Smaller first. */
  readonly priority: number;
  readonly store: boolean;
}

export interface ArchiveRule extends ArchiveRuleDefinition {
  readonly name: string;
  readonly matches: (request: ArchiveSubject) => boolean;
}

export interface ArchiveSubject {
  readonly app: string;
  readonly tag: string | null;
}

/** `rules` in the order in which they are tried. */
export function archives(
  rules: readonly ArchiveRule[],
  request: ArchiveSubject,
  otherwise: boolean,
): boolean {
  return rules.find((rule) => rule.matches(request))?.store ?? otherwise;
}

export function archiveRuleOf(name: string, definition: ArchiveRuleDefinition): ArchiveRule {
  const isApp = definition.app === null ? null : globTest(definition.app);
  const hasTag = definition.tag === null ? null : tagTest(definition.tag);
  return {
    ...definition,
    name,
    matches: ({ app, tag }) => (isApp === null || isApp(app)) && (hasTag === null || hasTag(tag)),
  };
}
