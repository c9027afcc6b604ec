// System: what decides about requests and what serves them, each with what can be done about it.

import type { ComponentType } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { ViewersNote } from '../access/viewers-note.tsx';
import { PlaceLink } from '../parts/place-link.tsx';
import { Access } from './access.tsx';
import { Budgets } from './budgets.tsx';
import { CacheSection } from './cache-section.tsx';
import { Instances } from './instances.tsx';
import { Keys } from './keys.tsx';
import { Prices } from './prices.tsx';
import { Prompts } from './prompts.tsx';
import { Routes } from './routes.tsx';
import { SECTIONS, type SectionName, type SectionProps } from './sections.ts';
import { ServerFacts } from './server-facts.tsx';
import { Tags } from './tags.tsx';
import { Upstreams } from './upstreams.tsx';

const PARTS: Readonly<Record<SectionName, ComponentType<SectionProps>>> = {
  budgets: Budgets,
  routes: Routes,
  tags: Tags,
  cache: CacheSection,
  prompts: Prompts,
  upstreams: Upstreams,
  prices: Prices,
  keys: Keys,
  access: Access,
  server: ServerFacts,
  instances: Instances,
};

export function System(props: SectionProps) {
  const { address, go } = props;
  const section = SECTIONS.find(({ name }) => name === address.rest.section)?.name ?? 'budgets';
  const Part = PARTS[section];
  const parts = useRef<HTMLElement>(null);
  // In a narrow window the parts stand in a row that is wider than it.
  useEffect(() => {
    const current = parts.current?.querySelector<HTMLElement>('[aria-current]');
    if (parts.current !== null && current != null)
      parts.current.scrollLeft = current.offsetLeft - (parts.current.clientWidth - current.offsetWidth) / 2;
  }, [section]);
  return (
    <div class="sectioned">
      <nav ref={parts} aria-label="Parts of the system">
        {SECTIONS.map(({ name, label }) => (
          <PlaceLink
            key={name}
            href={`/?tab=system&section=${name}`}
            isHere={name === section}
            onGo={() => go({ rest: { section: name, new: null, try: null, api: null, app: null } })}
          >
            {label}
          </PlaceLink>
        ))}
      </nav>
      <div class="section-body">
        <ViewersNote />
        <Part {...props} />
      </div>
    </div>
  );
}
