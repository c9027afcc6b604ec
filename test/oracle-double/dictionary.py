"""What belongs to the instance and not to one session: users, what they may, and the views that tell of it."""

import time

from seerdb.server import BackendError

ADMINISTRATOR = 'SYSTEM'
TABLESPACE = 'USERS'
USERS = {}  # by name: what each may, and how much it may store
DIRECTORIES = {}
MODELS = {}
VECTOR_INDEXES = []
VECTOR_MEMORY = 0  # bytes; a test's fault file gives some
FREE = 'Oracle Database 26ai Free'


class User:
    def __init__(self, password, privileges=(), quota=None):
        self.password, self.privileges, self.quota = password, set(privileges), quota


def begin(user, password, administrator_password):
    """The user that a DBA has made, and the one who makes others."""
    USERS[user.upper()] = User(password, ('CREATE SESSION', 'CREATE TABLE'), -1)
    if administrator_password is not None:
        every = ('CREATE SESSION', 'CREATE TABLE', 'CREATE USER', 'ALTER USER', 'GRANT ANY PRIVILEGE', 'CREATE ANY DIRECTORY')
        USERS[ADMINISTRATOR] = User(administrator_password, every, -1)


def secret_of(user):
    found = USERS.get(user.upper())
    return None if found is None else found.password


VIEWS = {
    'product_component_version': (('product', 'version_full'), lambda user: [(FREE, '23.26.0.0.0')]),
    'session_privs': (('privilege',), lambda user: [(each,) for each in sorted(USERS[user].privileges)]),
    'user_users': (('default_tablespace', 'expiry_date'), lambda user: [(TABLESPACE, None)]),
    'user_ts_quotas': (
        ('tablespace_name', 'bytes', 'max_bytes'),
        lambda user: [] if USERS[user].quota is None else [(TABLESPACE, 1024**2, USERS[user].quota)],
    ),
    'nls_database_parameters': (('parameter', 'value'), lambda user: [('NLS_CHARACTERSET', 'AL32UTF8')]),
    'v$parameter': (('name', 'value'), lambda user: [('vector_memory_size', '0')]),
    'user_mining_models': (
        ('model_name', 'mining_function'), lambda user: [(name, 'EMBEDDING') for owner, name in MODELS if owner == user],
    ),
    'user_indexes': (('index_name', 'status', 'table_name', 'index_type'), lambda user: VECTOR_INDEXES),
    'user_tables': (('table_name', 'partitioned'), None),
}
MAY_SEE = {'v$parameter': 'GRANT ANY PRIVILEGE'}


def prepare(lite, user, named):
    """The views that a statement names, as they are at this moment."""
    for token in named:
        view = VIEWS[token.lower()]
        if MAY_SEE.get(token.lower(), 'CREATE SESSION') not in USERS[user].privileges:
            raise BackendError('table or view does not exist', ora_code=942)
        columns, rows_of = view
        rows = tables(lite) if rows_of is None else rows_of(user)
        lite.execute(f'DROP TABLE IF EXISTS temp."{token}"')
        lite.execute(f'CREATE TEMP TABLE "{token}" ({", ".join(columns)})')
        lite.executemany(f'INSERT INTO temp."{token}" VALUES ({", ".join("?" * len(columns))})', rows)


def need_models(user, named):
    for owner, model in named:
        if (owner or user, model) not in MODELS:
            raise BackendError('model does not exist', ora_code=40284)


def tables(lite):
    names = lite.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'").fetchall()
    return [(name.upper(), 'NO') for (name,) in names]


def moments(tokens, zone):
    """The words for now, in SQLite's: days, as Oracle counts between dates."""
    text = ' '.join(tokens)
    for words, instead in (
        (
            'EXTRACT ( DAY FROM gone ) * 86400000 + EXTRACT ( HOUR FROM gone ) * 3600000 + EXTRACT ( MINUTE FROM gone ) * 60000'
            ' + FLOOR ( EXTRACT ( SECOND FROM gone ) * 1000 )',
            'FLOOR ( gone )',
        ),
        ("SYS_EXTRACT_UTC ( SYSTIMESTAMP ) - TIMESTAMP '1970-01-01 00:00:00'", 'milliseconds_now ( )'),
        ("TO_CHAR ( CURRENT_TIMESTAMP , 'TZH:TZM' )", f"'{zone}'"),
        ("TO_CHAR ( SYSTIMESTAMP , 'TZH:TZM' )", "'+00:00'"),
        ('CAST ( SYS_EXTRACT_UTC ( SYSTIMESTAMP ) AS DATE )', "julianday ( 'now' )"),
        ("TO_DATE ( '1970-01-01' , 'YYYY-MM-DD' )", "julianday ( '1970-01-01' )"),
        ('DBTIMEZONE', "'+00:00'"),
        ('SYSDATE', "julianday ( 'now' )"),
    ):
        text = text.replace(words, instead)
    return text


def name_of(token):
    return token[1:-1] if token.startswith('"') else token.upper()


def administer(user, tokens):
    """What makes users and lets them do things; None where the statement is no such one."""
    words = [token.upper() for token in tokens]
    match words:
        case ['CREATE', 'USER', 'IF', 'NOT', 'EXISTS', _, 'IDENTIFIED', 'BY', _, 'DEFAULT', 'TABLESPACE', tablespace]:
            needs(user, 'CREATE USER')
            there(tablespace)
            USERS.setdefault(name_of(tokens[5]), User(name_of(tokens[8])))
        case ['ALTER', 'USER', _, 'QUOTA', quota, 'ON', tablespace]:
            needs(user, 'ALTER USER')
            there(tablespace)
            user_of(tokens[2], 1918).quota = -1 if quota == 'UNLIMITED' else bytes_of(quota)
        case ['ALTER', 'USER', _, 'QUOTA', number, unit, 'ON', tablespace]:
            needs(user, 'ALTER USER')
            there(tablespace)
            user_of(tokens[2], 1918).quota = bytes_of(number + unit)
        case ['GRANT', 'READ', 'ON', 'DIRECTORY', _, 'TO', _]:
            needs(user, 'CREATE ANY DIRECTORY')
            readers = DIRECTORIES.get(name_of(tokens[4]))
            if readers is None:
                raise BackendError('object does not exist', ora_code=4043)
            user_of(tokens[6], 1917)
            readers.add(name_of(tokens[6]))
        case ['GRANT', *privilege, 'TO', _]:
            needs(user, 'GRANT ANY PRIVILEGE')
            granted = ' '.join(privilege)
            if granted not in ('CREATE SESSION', 'CREATE TABLE', 'CREATE MINING MODEL'):
                raise BackendError('missing or invalid privilege', ora_code=990)
            user_of(tokens[-1], 1917).privileges.add(granted)
        case ['CREATE', 'OR', 'REPLACE', 'DIRECTORY', _, 'AS', _]:
            needs(user, 'CREATE ANY DIRECTORY')
            DIRECTORIES.setdefault(name_of(tokens[4]), set())
        case ['BEGIN', 'DBMS_VECTOR', '.', 'LOAD_ONNX_MODEL', '(', _, ',', _, ',', _, ',', 'JSON', '(', _, ')', ')', ';', 'END', ';']:
            needs(user, 'CREATE MINING MODEL')
            directory, model = tokens[5][1:-1], tokens[9][1:-1]
            if user not in DIRECTORIES.get(directory, ()):
                raise BackendError('directory access denied', ora_code=29289)
            if (user, model) in MODELS:
                raise BackendError(f'model {model} already exists', ora_code=40204)
            MODELS[(user, model)] = time.time()
        case _:
            return False
    return True


def needs(user, privilege):
    if privilege not in USERS[user].privileges:
        raise BackendError('insufficient privileges', ora_code=1031)


def there(tablespace):
    if name_of(tablespace) != TABLESPACE:
        raise BackendError(f'tablespace {tablespace} does not exist', ora_code=959)


def user_of(token, ora_code):
    found = USERS.get(name_of(token))
    if found is None:
        raise BackendError(f'user {token} does not exist', ora_code=ora_code)
    return found


def bytes_of(quota):
    units = {'K': 1024, 'M': 1024**2, 'G': 1024**3, 'T': 1024**4}
    return int(quota[:-1]) * units[quota[-1]] if quota[-1] in units else int(quota)
