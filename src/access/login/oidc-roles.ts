// What somebody whom an identity provider names may do here: by the values of one claim. Whoever has none that is
// listed has no access.

import { isRole, ROLES, type Role } from './role.ts';

/** Roles by the values of the claim; `*` stands for whoever the provider lets in. */
export type RoleMap = Readonly<Record<string, Role>>;

/** `engineers=viewer,admins=admin`; with `;` between where a value has a comma. Undefined for anything else. */
export function parseRoleMap(text: string): RoleMap | undefined {
  if (text.trim() === '') return {};
  const pairs = text.split(text.includes(';') ? ';' : ',').map((pair): [string, string] => {
    const at = pair.lastIndexOf('=');
    return at === -1 ? ['', ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
  });
  const isRight = pairs.every(([value, role]) => value !== '' && isRole(role));
  return isRight ? (Object.fromEntries(pairs) as RoleMap) : undefined;
}

/** The highest of the roles that the claim gives; null for none. `path` may lead inside: `realm_access.roles`. */
export function roleOf(claims: Readonly<Record<string, unknown>>, path: string, map: RoleMap): Role | null {
  const values = ['*', ...valuesAt(claims, path)];
  const given = values.flatMap((value) => (Object.hasOwn(map, value) ? [map[value] as Role] : []));
  return ROLES.findLast((role) => given.includes(role)) ?? null;
}

/** Whether the claim is there at all: some providers tell it by their page about the user alone. */
export function hasClaim(claims: Readonly<Record<string, unknown>>, path: string): boolean {
  return claimAt(claims, path) !== undefined;
}

function valuesAt(claims: Readonly<Record<string, unknown>>, path: string): readonly string[] {
  const claim = claimAt(claims, path);
  const list: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return list.filter((value) => typeof value === 'string');
}

/** A claim whose own name has dots (`https://example.com/roles`) goes before one that lies inside another. */
function claimAt(claims: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const name of path.split('.')) {
    const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    if (!isObject) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
