// A tag may carry several facets: `feature=search,team=growth`.

/** `a=1, b=2` → [`a=1`, `b=2`]; a plain tag is its own only facet. */
export function facetsOf(tag: string): readonly string[] {
  return tag
    .split(',')
    .map((facet) => facet.trim())
    .filter((facet) => facet !== '');
}
