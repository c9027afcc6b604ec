// A tag may carry several facets, joined by commas: `feature=search,team=growth`. A plain tag is its own only facet.

/** `a=1, b=2` → [`a=1`, `b=2`]. */
export function facetsOf(tag: string): readonly string[] {
  return tag
    .split(',')
    .map((facet) => facet.trim())
    .filter((facet) => facet !== '');
}

/** The same facets in their one spelling, each once, as records keep it; null where there is none. */
export function canonicalTag(tag: string | null): string | null {
  if (tag === null) return null;
  return [...new Set(facetsOf(tag))].join(',') || null;
}

/**
 * Asks whether a request's tag, in its one spelling, has every facet of `wanted`, in whatever order and beside whatever
 * others.
 */
export function tagTest(wanted: string): (tag: string | null) => boolean {
  const facets = facetsOf(wanted).map((facet) => `,${facet},`);
  return (tag) => {
    if (tag === null) return false;
    const given = `,${tag},`;
    return facets.every((facet) => given.includes(facet));
  };
}

/** The facets of one tag, and those of another whose names the first has not got. */
export function mergedTag(first: string, other: string | null): string {
  const nameOf = (facet: string): string => facet.split('=', 1)[0] ?? facet;
  const names = new Set(facetsOf(first).map(nameOf));
  return [...facetsOf(first), ...facetsOf(other ?? '').filter((facet) => !names.has(nameOf(facet)))].join(
    ',',
  );
}
