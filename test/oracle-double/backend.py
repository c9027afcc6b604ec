"""One session of the double: the store's statements, run on SQLite as Oracle would answer them."""

import array
import json
import math
import os
import re
import sqlite3
import threading
import time
from decimal import Decimal

import seerdb.server as server
from seerdb.common import tns_consts as consts
from seerdb.common.datatypes import JSON
from seerdb.common.tns import ColumnMeta
from seerdb.server import BackendError, Capability, Result

import dictionary
import embedding
import faults
import strict
import translate

TYPES = {}  # of every column, by table and name
KINDS = {'embedding': 'VECTOR'}  # of a column by its name alone: the same in every table that has it, or none
LOG = None
MIGRATIONS = threading.Lock()
# SQLite has one writer; who waits for it here has its turn at once, and not at SQLite's next look.
WRITER = threading.Lock()
WAIT_S = 30
PLANS = {}
# Of the session that asks, in a statement that is translated once for all.
ZONE = '+session'

# A real server describes an image with 8,200 bytes and has the capability of long strings; seerdb has it not, and driver 26
# then looks for two more fields behind a column of more than 4,000 bytes (NJS-103).
IMAGE = 4000

VARCHAR, NUMBER, CLOB, BLOB, RAW = (
    consts.TNS_TYPE_VARCHAR, consts.TNS_TYPE_NUMBER, consts.TNS_TYPE_CLOB, consts.TNS_TYPE_BLOB, consts.TNS_TYPE_RAW,
)


def log(*what):
    if LOG is not None:
        LOG.write(json.dumps(what, default=str) + '\n')
        LOG.flush()


class Session:
    capabilities = frozenset({Capability.TRANSACTIONS})
    field_version = consts.FIELD_VERSION_23_4

    def __init__(self, path):
        self.path = path
        self.user = None
        self.zone = '+02:00'  # until the client says otherwise: who forgets to is found out
        self.lite = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self.lite.execute('PRAGMA foreign_keys = ON')
        self.lite.execute('PRAGMA journal_mode = WAL')
        self.lite.execute('PRAGMA synchronous = OFF')
        self.lite.execute('PRAGMA case_sensitive_like = ON')
        self.lite.create_function('octet', 1, lambda text: None if text is None else len(str(text).encode()), deterministic=True)
        self.lite.create_function('to_vector', 1, lambda text: array.array('f', json.loads(text)).tobytes(), deterministic=True)
        self.lite.create_function('to_number', 1, float, deterministic=True)
        self.lite.create_function('vector_distance', 2, cosine_distance, deterministic=True)
        self.lite.create_function('vector_embedding', 1, embedding.vector_of, deterministic=True)
        self.lite.create_function('vector_dimension_count', 1, lambda image: None if image is None else len(image) // 4, deterministic=True)
        self.lite.create_function('to_char', 1, lambda number: None if number is None else str(number), deterministic=True)
        self.lite.create_function('milliseconds_now', 0, lambda: time.time() * 1000)
        self.open = False
        self.holds_migrations = False
        self.given = {}  # what each statement was given last

    def authenticate(self, user):
        self.user = user.upper()
        return dictionary.secret_of(user)

    def execute(self, sql, binds=()):
        log('execute', sql, [describe_bind(bind) for bind in binds])
        return self._run(sql, [list(binds)])

    def execute_many(self, sql, rows):
        log('many', sql, len(rows), [describe_bind(bind) for bind in rows[0]] if rows else [])
        return self._run(sql, [list(row) for row in rows]).rowcount

    def commit(self):
        log('commit')
        self._end('COMMIT')

    def rollback(self):
        log('rollback')
        self._end('ROLLBACK')

    def close(self):
        self._end('ROLLBACK')
        self.lite.close()

    def _end(self, how):
        if self.open:
            self.open = False
            try:
                self.lite.execute(how)
            finally:
                WRITER.release()
        if self.holds_migrations:
            self.holds_migrations = False
            MIGRATIONS.release()

    def _run(self, sql, rows):
        try:
            faults.meet(f'{self.path}.faults', sql)
            return self._take(sql, planned(sql), rows)
        except (ValueError, IndexError) as error:
            # Not of the forms that the translation knows.
            raise strict.fault(900, str(error)) from None

    def _take(self, sql, plan, rows):
        tokens, verb = plan.tokens, plan.verb
        if verb == 'ALTER' and tokens[1].upper() == 'SESSION':
            return self._alter_session(tokens[2:])
        if verb not in strict.DATA and dictionary.administer(self.user, tokens):
            self._end('COMMIT')
            return Result()
        dictionary.prepare(self.lite, self.user, plan.views)
        dictionary.need_models(self.user, plan.models)
        if verb == 'CREATE':
            return self._create(tokens)
        if verb == 'DROP':
            self._end('COMMIT')
            self._ask(f'DROP TABLE IF EXISTS {tokens[4]}', {}, 0)
            TYPES.pop(tokens[4], None)
            return Result()
        if verb == 'ALTER' and tokens[3].upper() == 'MODIFY':
            return self._make_optional(*translate.optional_column(tokens))
        if verb == 'ALTER':
            return self._add_columns(tokens)
        if plan.locks_migrations:
            MIGRATIONS.acquire()
            self.holds_migrations = True
        elif plan.writes:
            self._begin(plan.wait_s, 54 if plan.wait_s == WAIT_S else 30006)
        if verb == 'MERGE':
            return self._merge(plan, rows)
        count = 0
        for row in rows:
            if plan.names and not row:
                # seerdb runs a query without rows once more when the client says how it reads them, and leaves its binds out.
                row = self.given.get(sql, [])
            self.given[sql] = row
            cursor = self._ask(plan.statement.replace(ZONE, self.zone), binds_of(plan.names, row), count)
            if cursor.description is not None:
                return described(cursor)
            count += max(cursor.rowcount, 0)
        return Result(rowcount=count)

    def _alter_session(self, tokens):
        words = [token.upper() for token in tokens]
        settings = dict(zip(words[1::3], tokens[3::3]))
        if words[0] != 'SET' or words[2::3] != ['='] * len(settings) or len(words) != 1 + 3 * len(settings):
            raise BackendError('missing or invalid option', ora_code=922)
        for name, value in settings.items():
            if name not in ('NLS_SORT', 'NLS_COMP', 'TIME_ZONE'):
                raise BackendError('invalid option for ALTER SESSION', ora_code=2248)
            if name == 'TIME_ZONE':
                self.zone = value[1:-1]
        return Result()

    def _merge(self, plan, rows):
        count = 0
        for row in rows:
            binds = binds_of(plan.names, row)
            changed = self._ask(plan.update, {name: binds[name] for name in plan.update_names}, count).rowcount
            count += changed or self._ask(plan.insert, {name: binds[name] for name in plan.insert_names}, count).rowcount
        return Result(rowcount=count)

    def _create(self, tokens):
        self._end('COMMIT')  # as Oracle does before a statement that makes something
        words = [token.upper() for token in tokens]
        if words[1] == 'TABLE':
            if 'INTERVAL' in words:
                raise BackendError('Option not enabled: Partitioning', ora_code=439)
            name, types, statement = translate.create_table(tokens)
            self._ask(statement, {}, 0)
            self._know(name, types)
        elif words[1] == 'VECTOR':
            self._create_vector_index(tokens, words)
        elif 'INDEXTYPE' in words:
            raise BackendError('indextype does not exist', ora_code=29833)
        else:
            self._ask(' '.join(tokens), {}, 0)
        return Result()

    def _create_vector_index(self, tokens, words):
        name, table, column = words[3], tokens[5], tokens[7]
        if any(known == name for known, *_ in dictionary.VECTOR_INDEXES):
            raise BackendError('name is already used by an existing object', ora_code=955)
        if 'INMEMORY' in words and dictionary.VECTOR_MEMORY == 0:
            raise BackendError('The vector memory area is out of space for the current container.', ora_code=51962)
        if len(self._ask(f'SELECT DISTINCT length({column}) FROM {table}', {}, 0).fetchall()) > 1:
            raise BackendError('Cannot create a vector index on a vector column with different dimensions', ora_code=51902)
        dictionary.VECTOR_INDEXES.append((name, 'VALID', table.upper(), 'VECTOR'))

    def _add_columns(self, tokens):
        self._end('COMMIT')
        for name, types, statement in translate.add_columns(tokens):
            if TYPES.get(name, {}).keys() & types.keys():
                raise BackendError('column being added already exists in table', ora_code=1430)
            self._ask(statement, {}, 0)
            self._know(name, types)
        return Result()

    def _make_optional(self, table, column):
        self._end('COMMIT')
        (made,) = self.lite.execute('SELECT sql FROM sqlite_schema WHERE name = ?', (table,)).fetchone()
        optional = re.sub(rf'\b({column} [^,]*?) NOT NULL', r'\1', made, count=1)
        if optional == made:
            raise BackendError(f'column to be modified to NULL cannot be modified to NULL: {column}', ora_code=1451)
        # SQLite has no statement for it.
        self.lite.execute('PRAGMA writable_schema = ON')
        self.lite.execute('UPDATE sqlite_schema SET sql = ? WHERE name = ?', (optional, table))
        self.lite.execute('PRAGMA writable_schema = RESET')
        return Result()

    def _know(self, name, types):
        TYPES.setdefault(name, {}).update(types)
        for column, (kind, _) in types.items():
            KINDS[column] = kind if KINDS.get(column, kind) == kind else None

    def _begin(self, wait_s, ora_code):
        if self.open:
            return
        if not WRITER.acquire(timeout=wait_s):
            raise BackendError('resource busy; acquire with WAIT timeout expired', ora_code=ora_code)
        try:
            self.lite.execute('BEGIN IMMEDIATE')
            self.open = True
        except BaseException:
            WRITER.release()
            raise

    def _ask(self, statement, binds, before):
        try:
            return self.lite.execute(statement, binds)
        except sqlite3.Error as error:
            fault = fault_of(str(error), before)
            log('fault', fault.ora_message, statement)
            raise fault from None


class Plan:
    """What a statement's text comes to, once for all its executions."""

    def __init__(self, sql):
        self.tokens = tokens = translate.words(sql)
        strict.refuse(tokens)
        words = [token.upper() for token in tokens]
        self.verb = words[0]
        self.names = bind_names(tokens)
        self.views = [token for token in tokens if token.lower() in dictionary.VIEWS]
        self.models = list(translate.models(tokens))
        if 'CONTAINS' in words:
            raise BackendError('"CONTAINS": invalid identifier', ora_code=904)
        self.locks_migrations = 'tokenwatch_lock' in tokens and 'UPDATE' in words
        is_waiting = words[-4:-1] == ['FOR', 'UPDATE', 'WAIT']
        self.wait_s = int(words[-1]) if is_waiting else WAIT_S
        self.writes = self.verb not in ('SELECT', 'WITH') or is_waiting or words[-1] == 'UPDATE'
        if self.verb == 'MERGE':
            update, insert = translate.merge(tokens)
            self.update, self.insert = ' '.join(update), ' '.join(insert)
            self.update_names, self.insert_names = bind_names(update), bind_names(insert)
        elif self.verb in strict.DATA or self.verb in ('SAVEPOINT', 'ROLLBACK'):
            self.statement = ' '.join(translate.data(translate.words(dictionary.moments(tokens, ZONE))))
            if 'user_segments' in tokens:
                self.statement = 'SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()'


def planned(sql):
    known = PLANS.get(sql)
    if known is None:
        known = PLANS[sql] = Plan(sql)
    return known


def binds_of(names, row):
    """By name. A client sends a bind that a statement names twice once for each."""
    given = names if len(row) == len(names) else list(dict.fromkeys(names))
    if len(row) != len(given):
        raise BackendError(f'{len(row)} values for {len(given)} binds', ora_code=1008)
    return {name: stored(value) for name, value in zip(given, row)}


def bind_names(tokens):
    return [token[1:] for token in tokens if token.startswith(':')]


def stored(value):
    """A bind as SQLite keeps it: the empty text is null."""
    value = getattr(value, 'value', value) if isinstance(value, server.BindVar) else value
    if value is None or (isinstance(value, (str, bytes)) and len(value) == 0):
        return None
    if isinstance(value, JSON):
        return json.dumps(value.value, default=number)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 2**63 else float(value)
    if isinstance(value, int) and abs(value) >= 2**63:
        return float(value)
    if isinstance(value, array.array):
        return value.tobytes()
    if isinstance(value, (dict, list)):
        return json.dumps(value, default=number)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    return value


def number(value):
    return int(value) if value == int(value) else float(value)


def fault_of(message, rowcount):
    codes = (
        ('duplicate column name', 1430, 'column being added already exists in table: {}'),
        ('UNIQUE', 1, 'unique constraint ({}) violated'),
        ('NOT NULL', 1400, 'cannot insert NULL into ({})'),
        ('FOREIGN KEY', 2291, 'integrity constraint ({}) violated - parent key not found'),
        ('too_long', 12899, 'value too large for column {}'),
        ('too_large', 1438, 'value larger than specified precision allowed for {}'),
        ('int too large', 1438, 'value larger than specified precision allowed: {}'),
        ('CHECK', 2290, 'check constraint ({}) violated'),
        ('no such table', 942, 'table or view does not exist: {}'),
        ('no such column', 904, '{}: invalid identifier'),
        ('already exists', 955, 'name is already used by an existing object: {}'),
        ('locked', 54, 'resource busy: {}'),
    )
    for sign, code, text in codes:
        if sign in message:
            return BackendError(text.format(message.split(':')[-1].strip()), ora_code=code, rowcount=rowcount)
    return BackendError(f'the double does not know this: {message}', ora_code=900, rowcount=rowcount)


def described(cursor):
    """Rows with their columns as Oracle describes them."""
    names = [column[0] for column in cursor.description]
    rows = cursor.fetchall()
    columns, readers = [], []
    for index, name in enumerate(names):
        values = [row[index] for row in rows if row[index] is not None]
        column, reader = describe(name.strip('"').lower(), values)
        columns.append(column)
        readers.append(reader)
    return Result(columns=columns, rows=[
        tuple(None if value is None or value == '' else reader(value) for reader, value in zip(readers, row)) for row in rows
    ])


def same(value):
    return value


def describe(name, values):
    label = name.upper().encode()
    kind = KINDS.get(name)
    is_text = any(isinstance(value, str) for value in values)
    is_bytes = any(isinstance(value, bytes) for value in values)
    if kind == 'JSON' and (is_text or not values):
        return ColumnMeta(label, consts.TNS_TYPE_JSON, IMAGE, IMAGE, charset=0, csfrm=0), lambda text: json.loads(text)
    if kind == 'VECTOR' and (is_bytes or not values):
        return ColumnMeta(
            label, consts.TNS_TYPE_VECTOR, IMAGE, IMAGE, charset=0, csfrm=0, vector_dimensions=0, vector_format=2,
            vector_flags=consts.VECTOR_FLAG_FLEXIBLE_DIM,
        ), lambda image: array.array('f', image)
    if kind == 'BOOLEAN' and not is_text:
        return ColumnMeta(label, consts.TNS_TYPE_BOOLEAN, 1, 1), bool
    if kind == 'CLOB' and (is_text or not values):
        return ColumnMeta(label, CLOB, 4000, 4000), same
    if kind == 'BLOB' and (is_bytes or not values):
        return ColumnMeta(label, BLOB, 4000, 4000, charset=0, csfrm=0), same
    if is_bytes:
        return ColumnMeta(label, RAW, 2000, 2000, charset=0, csfrm=0), same
    if is_text or (not values and kind == 'VARCHAR2'):
        return ColumnMeta(label, VARCHAR, 4000, 4000), str
    if any(isinstance(value, float) and not value.is_integer() for value in values):
        return ColumnMeta(label, consts.TNS_TYPE_BDOUBLE, 8, 8), float
    return ColumnMeta(label, NUMBER, 22, 22), lambda value: Decimal(repr(value))


def cosine_distance(one, other):
    if one is None or other is None:
        return None
    a, b = array.array('f', one), array.array('f', other)
    if len(a) != len(b):
        return None
    product = sum(x * y for x, y in zip(a, b))
    length = math.sqrt(sum(x * x for x in a)) * math.sqrt(sum(y * y for y in b))
    return 1 - product / length if length else None


def describe_bind(bind):
    """For the log: of which type a bind came, and how it begins."""
    return [type(bind).__name__, str(bind)[:60]]
