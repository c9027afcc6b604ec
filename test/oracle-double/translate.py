"""The store's statements in SQLite's words. It knows the forms that the catalogue has, and refuses any other."""

import re

import strict

WORD = re.compile(
    r"\s+|(?P<text>'(?:[^']|'')*')|(?P<quoted>\"[^\"]*\")|(?P<bind>:[A-Za-z]\w*)|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<name>[A-Za-z_][\w$#]*)|(?P<sign>\|\||<>|<=|>=|[-+*/(),.=<>;])"
)


def words(sql):
    found, end = [], 0
    for match in WORD.finditer(sql):
        if match.start() != end:
            break
        end = match.end()
        if match.lastgroup:
            found.append(match.group())
    if end != len(sql):
        raise ValueError(f'not a statement of the catalogue at: {sql[end:end + 40]}')
    return found


def closing(tokens, at):
    depth = 0
    for index in range(at, len(tokens)):
        depth += {'(': 1, ')': -1}.get(tokens[index], 0)
        if depth == 0:
            return index
    raise ValueError('a bracket is not closed')


def upper(tokens, at):
    return tokens[at].upper() if 0 <= at < len(tokens) else ''


def split(tokens):
    """What commas divide, outside of brackets."""
    parts, depth = [[]], 0
    for token in tokens:
        depth += {'(': 1, ')': -1}.get(token, 0)
        if token == ',' and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


FUNCTIONS = {'CHR': 'char', 'GREATEST': 'max', 'LEAST': 'min', 'NVL': 'ifnull', 'VECTOR_DISTANCE': 'vector_distance'}


def data(tokens):
    """SELECT, INSERT, UPDATE and DELETE."""
    out, at = [], 0
    while at < len(tokens):
        token, word = tokens[at], upper(tokens, at)
        if word == 'FROM' and upper(tokens, at + 1) == 'DUAL':
            at += 2
        elif word == 'JSON_TABLE':
            end = closing(tokens, at + 1)
            out += json_table(tokens[at + 2:end])
            at = end + 1
        elif word == 'MOD' and upper(tokens, at + 1) == '(':
            end = closing(tokens, at + 1)
            value, by = split(tokens[at + 2:end])
            out += ['(', *data(value), '%', *data(by), ')']
            at = end + 1
        elif word == 'FETCH' and upper(tokens, at + 1) in ('FIRST', 'APPROX'):
            first = at + (2 if upper(tokens, at + 1) == 'APPROX' else 1)
            out += ['LIMIT', tokens[first + 1]]
            at = first + 4
            if upper(tokens, at) == 'WITH':
                at += 4
        elif word == 'OFFSET':
            out += ['LIMIT', tokens[at + 5], 'OFFSET', tokens[at + 1]]
            at += 8
        elif word == 'FOR' and upper(tokens, at + 1) == 'UPDATE':
            at += 4 if upper(tokens, at + 2) == 'WAIT' else 2
        elif word == 'VECTOR_EMBEDDING' and upper(tokens, at + 1) == '(':
            end = closing(tokens, at + 1)
            inner = tokens[at + 2:end]
            using = [upper(inner, index) for index in range(len(inner))].index('USING')
            if [upper(inner, len(inner) - 2), upper(inner, len(inner) - 1)] != ['AS', 'DATA']:
                raise ValueError('VECTOR_EMBEDDING of another form')
            out += ['vector_embedding', '(', *data(inner[using + 1:-2]), ')']
            at = end + 1
        elif word in FUNCTIONS and upper(tokens, at + 1) == '(':
            end = closing(tokens, at + 1)
            inner = tokens[at + 2:end]
            if word == 'VECTOR_DISTANCE':
                inner = inner[:-2]
            out += [FUNCTIONS[word], '(', *data(inner), ')']
            at = end + 1
        else:
            out.append(token)
            at += 1
    return out


def models(tokens):
    """Of VECTOR_EMBEDDING: each with its owner, or none."""
    for at in range(len(tokens)):
        if upper(tokens, at) == 'VECTOR_EMBEDDING':
            name = tokens[at + 2:[upper(tokens, index) for index in range(len(tokens))].index('USING', at)]
            yield (name[0].upper(), name[2].upper()) if len(name) == 3 else (None, name[0].upper())


def json_table(inner):
    bind, path, rest = inner[0], inner[2], inner[3:]
    if path != "'$[*]'" or rest[0].upper() != 'COLUMNS':
        raise ValueError('JSON_TABLE of another form')
    columns = []
    for part in split(rest[2:-1]):
        at = part[-1]
        value = 'each.value' if at == "'$'" else f"json_extract(each.value, {at})"
        columns.append(f'{value} AS {part[0]}')
    return ['(', 'SELECT', ', '.join(columns), 'FROM', 'json_each', '(', bind, ')', 'each', ')']


def merge(tokens):
    """MERGE as an UPDATE, and an INSERT where it changed nothing: what is given is put in its place."""
    table, using = tokens[2], tokens.index('USING')
    given_end = closing(tokens, using + 1)
    given = {}
    for part in split(tokens[using + 3:given_end]):
        while part[-2:] and part[-2].upper() == 'FROM':
            part = part[:-2]
        given[part[-1].lower()] = part[:-2]
    on = given_end + 2
    on_end = closing(tokens, on + 1)
    matched = [upper(tokens, index) for index in range(len(tokens))]
    update = matched.index('SET', on_end)
    insert = matched.index('INSERT', update)
    when = max(index for index in range(insert) if matched[index] == 'WHEN')

    def put(part, kept):
        out, at = [], 0
        while at < len(part):
            if part[at].lower() in ('given', 'kept') and upper(part, at + 1) == '.':
                is_given = part[at].lower() == 'given'
                out += given[part[at + 2].lower()] if is_given else [*kept, part[at + 2]]
                at += 3
            else:
                out.append(part[at])
                at += 1
        return data(out)

    columns_end = closing(tokens, insert + 1)
    return [
        ['UPDATE', table, 'SET', *put(tokens[update + 1:when], []), 'WHERE', *put(tokens[on + 1:on_end + 1], [])],
        ['INSERT', 'INTO', table, *tokens[insert + 1:columns_end + 1], *put(tokens[columns_end + 1:], [])],
    ]


def columns_of(tokens):
    """The name and type of each column of a CREATE TABLE, and what else it says."""
    opening = tokens.index('(')
    return split(tokens[opening + 1:closing(tokens, opening)])


def oracle_type(part):
    return ' '.join(part[1:6]).upper()


def create_table(tokens):
    """Its columns as SQLite checks them, and their types in Oracle's words."""
    name = tokens[5].lower()
    types, lines = {}, []
    for part in columns_of(tokens):
        if part[0].upper() in ('CONSTRAINT',):
            kept = part[2:]
            if upper(kept, 0) == 'PRIMARY':
                lines.append(' '.join(kept))
            else:
                lines.append(' '.join(['CONSTRAINT', part[1], *kept]))
            continue
        name_of, kind, length, line = column(part)
        types[name_of] = (kind, length)
        lines.append(line)
    return name, types, f'CREATE TABLE IF NOT EXISTS {name} ({", ".join(lines)})'


def column(part):
    """A column's name, its type with its length in Oracle's words, and how SQLite makes it."""
    name, kind = part[0], part[1].upper()
    rest_at = closing(part, 2) + 1 if len(part) > 2 and part[2] == '(' else 2
    length, rest = part[2:rest_at], ' '.join(part[rest_at:])
    return name.strip('"').lower(), kind, length, f'{name} {sqlite_type(name, kind, length)} {rest}'


def add_columns(tokens):
    """ALTER TABLE t ADD (c …, d …): one statement for each."""
    if upper(tokens, 1) != 'TABLE' or upper(tokens, 3) != 'ADD' or upper(tokens, 4) != '(' or closing(tokens, 4) != len(tokens) - 1:
        raise ValueError('ALTER TABLE of another form')
    table = tokens[2].lower()
    for part in columns_of(tokens):
        name, kind, length, line = column(part)
        yield table, {name: (kind, length)}, f'ALTER TABLE {table} ADD COLUMN {line}'


def optional_column(tokens):
    """ALTER TABLE t MODIFY (c TYPE NULL)."""
    words = [token.upper() for token in tokens]
    if words[1] != 'TABLE' or words[3:5] != ['MODIFY', '('] or words[-2:] != ['NULL', ')'] or closing(tokens, 4) != len(tokens) - 1:
        raise ValueError('ALTER TABLE of another form')
    return tokens[2].lower(), tokens[5].lower()


def sqlite_type(column, kind, length):
    if kind == 'VARCHAR2':
        limit = length[1]
        return f"TEXT CONSTRAINT too_long CHECK (length({column}) <= {limit} AND octet({column}) <= 4000)"
    if kind == 'NUMBER' and length:
        digits = int(length[1])
        return f"INTEGER CONSTRAINT too_large CHECK (abs({column}) < 1e{digits})"
    if kind not in strict.TYPES or (kind in ('VARCHAR2', 'RAW')) != bool(length and kind != 'VECTOR'):
        raise strict.fault(902, kind)
    return {'NUMBER': 'NUMERIC', 'BINARY_DOUBLE': 'REAL', 'BOOLEAN': 'INTEGER', 'CLOB': 'TEXT', 'JSON': 'TEXT'}.get(kind, 'BLOB')
