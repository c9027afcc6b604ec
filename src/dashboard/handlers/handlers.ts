// Who answers an endpoint: a function of its input, already checked. The types come from the schemas; nothing of zod is
// loaded here.

import type { output, input as unparsed } from 'zod';
import type { ENDPOINTS } from '../endpoints.ts';
import type { EndpointName, HandledName, PATHS } from '../paths.ts';

type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

/** An endpoint without fields asks for nothing but what its path names. */
type Fields<T> = string extends keyof T ? object : Frozen<T>;

type PlaceholderOf<Path> = Path extends `${string}{${infer Name}}`
  ? { readonly [Key in Name]: string }
  : unknown;

/** What an endpoint is asked with, as a client says it. */
export type Question<Name extends EndpointName> = Fields<unparsed<(typeof ENDPOINTS)[Name]['input']>> &
  PlaceholderOf<(typeof PATHS)[Name]>;

/** The same, checked, with what was left out filled in. */
export type Input<Name extends EndpointName> = Fields<output<(typeof ENDPOINTS)[Name]['input']>> &
  PlaceholderOf<(typeof PATHS)[Name]>;

export type Answer<Name extends EndpointName> = Frozen<output<(typeof ENDPOINTS)[Name]['answer']>>;

/** Throws what the client is told. */
export type Handlers = {
  readonly [Name in HandledName]: (input: Input<Name>) => Promise<Answer<Name>>;
};

/** What a part of the app answers. */
export type HandlersOf<Names extends HandledName> = Pick<Handlers, Names>;

/** Asks a handler by a name and an input that belong together, as whoever checked the input knows. */
export function handle(handlers: Handlers, name: HandledName, input: unknown): Promise<unknown> {
  const handler = handlers[name] as (input: unknown) => Promise<unknown>;
  return handler(input);
}
