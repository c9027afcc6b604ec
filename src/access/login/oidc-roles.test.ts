import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasClaim, parseRoleMap, roleOf } from './oidc-roles.ts';

test('a list of roles is read, and what is none is refused', () => {
  assert.deepEqual(parseRoleMap(' admins = admin , eng=viewer'), { admins: 'admin', eng: 'viewer' });
  assert.deepEqual(parseRoleMap('CN=a,OU=x=admin;*=viewer'), { 'CN=a,OU=x': 'admin', '*': 'viewer' });
  assert.deepEqual(parseRoleMap(''), {});
  for (const wrong of ['admins', 'admin', 'a=viewer,admin', 'admins=root', '=admin', 'a=admin,', 'a=admin;b'])
    assert.equal(parseRoleMap(wrong), undefined, wrong);
});

test('roles go by one claim, wherever it lies, and never by names that every object has', () => {
  const map = { admins: 'admin', eng: 'viewer' } as const;
  assert.equal(roleOf({ groups: ['eng', 'admins'] }, 'groups', map), 'admin');
  assert.equal(roleOf({ groups: 'eng' }, 'groups', map), 'viewer');
  assert.equal(roleOf({ realm_access: { roles: ['eng'] } }, 'realm_access.roles', map), 'viewer');
  assert.equal(roleOf({ 'https://example.com/roles': ['eng'] }, 'https://example.com/roles', map), 'viewer');
  for (const groups of [['toString', '__proto__'], null, 7, { eng: true }, [['eng']], 'ENG'])
    assert.equal(roleOf({ groups }, 'groups', map), null);
  assert.equal(roleOf({}, 'constructor.name', { Object: 'admin' }), null);
  assert.equal(roleOf({}, 'groups', { ...map, '*': 'viewer' }), 'viewer');
  assert.ok(hasClaim({ groups: [] }, 'groups') && !hasClaim({}, 'toString'));
});
