// Finds a spelling in one provider's list. Stricter than the catalogue's own matching, whose "starts
// with claude-opus-4-6" would also price `claude-opus-4-6-fast`: here only a snapshot's marks may follow.

import { foldName, isRoutedSnapshotOf, isSnapshotOf } from '../core/model-name.ts';
import type { CatalogueModel, CatalogueProvider } from './catalogue.ts';

type Rule = CatalogueModel['match'];
interface PartialName {
  readonly text: string;
  readonly model: CatalogueModel;
  readonly fits: (name: string, text: string) => boolean;
}

export class CatalogueIndex {
  /** Null where two models share a folded name. */
  readonly #exact = new Map<string, CatalogueModel | null>();
  readonly #partial: PartialName[] = [];

  constructor(provider: CatalogueProvider) {
    for (const model of provider.models) {
      this.#addRule(model.match, model);
      // The id of a fine-tuned model's row is a title: real names have the base model's date.
      if (!model.id.startsWith('ft:') && !this.#exact.has(foldName(model.id)))
        this.#addExact(model.id, model);
    }
    // The longest fits best: `kimi-k2-turbo` before `kimi-k2`.
    this.#partial.sort((a, b) => b.text.length - a.text.length);
  }

  /** `name` is one spelling. */
  find(name: string): CatalogueModel | null {
    const exact = this.#exact.get(name);
    if (exact !== undefined) return exact;
    return this.#partial.find(({ text, fits }) => fits(name, text))?.model ?? null;
  }

  #addRule(rule: Rule, model: CatalogueModel): void {
    if ('or' in rule) for (const part of rule.or) this.#addRule(part, model);
    // The other halves of its conjunctions exclude words that no snapshot's marks contain.
    else if ('and' in rule) for (const part of rule.and) this.#addRule(part, model);
    else if ('equals' in rule) this.#addExact(rule.equals, model);
    else if ('starts_with' in rule) this.#addPartial(rule.starts_with, model, isSnapshotOf);
    else if ('contains' in rule) this.#addPartial(rule.contains, model, isRoutedSnapshotOf);
    else if ('ends_with' in rule) this.#addPartial(rule.ends_with, model, isRoutedSnapshotOf);
    // Its regular expressions spell out dates, which the spellings have shed already.
  }

  #addExact(text: string, model: CatalogueModel): void {
    const name = foldName(text);
    const holder = this.#exact.get(name);
    if (holder === undefined) this.#exact.set(name, model);
    else if (holder !== model) this.#exact.set(name, null);
  }

  #addPartial(text: string, model: CatalogueModel, fits: PartialName['fits']): void {
    this.#partial.push({ text: foldName(text), model, fits });
  }
}
