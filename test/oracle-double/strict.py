"""What is no SQL of Oracle's is refused, with Oracle's code, before SQLite sees it: SQLite would take some of it."""

import re

from seerdb.server import BackendError

# Of other databases; quoted, they are names.
FOREIGN = {
    'LIMIT': 933, 'CONFLICT': 933, 'ILIKE': 920, 'GLOB': 920, 'REGEXP': 920, 'RETURNING': 925, 'RELEASE': 933, 'RECURSIVE': 905,
    'REPLACE': 900, 'PRAGMA': 900, 'VACUUM': 900, 'ATTACH': 900, 'AUTOINCREMENT': 907, 'DUPLICATE': 933, 'FILTER': 923,
    'INDEXED': 933, 'COLLATE': 907, 'TOP': 923, 'QUALIFY': 933, 'SHARE': 905, 'RETURN': 925, 'MATERIALIZED': 905,
}
FUNCTIONS = {
    'ABS', 'AVG', 'CAST', 'CEIL', 'CHR', 'COALESCE', 'COUNT', 'DENSE_RANK', 'EXTRACT', 'FIRST_VALUE', 'FLOOR', 'GREATEST', 'INSTR', 'JSON_TABLE', 'LAG',
    'LAST_VALUE', 'LEAD', 'LEAST', 'LENGTH', 'LOWER', 'MAX', 'MIN', 'MOD', 'NULLIF', 'NVL', 'POWER', 'RANK', 'ROUND', 'ROW_NUMBER', 'SIGN', 'SUBSTR', 'SUM',
    'SYS_EXTRACT_UTC', 'TO_CHAR', 'TO_DATE', 'TO_NUMBER', 'TO_VECTOR', 'TRUNC', 'UPPER', 'VECTOR_DIMENSION_COUNT', 'VECTOR_DISTANCE', 'VECTOR_EMBEDDING',
}
# Words that a bracket follows and that call nothing.
BEFORE_BRACKET = {
    'AND', 'AS', 'BETWEEN', 'BY', 'CASE', 'COLUMNS', 'DISTINCT', 'ELSE', 'EXISTS', 'FROM', 'HAVING', 'IN', 'INSERT', 'JOIN', 'NOT', 'ON', 'OR',
    'OVER', 'SELECT', 'SET', 'THEN', 'UNION', 'ALL', 'USING', 'VALUES', 'WHEN', 'WHERE', 'LIKE', 'VARCHAR2', 'NUMBER', 'INTO', 'ORDER', 'PARTITION',
}
DATA = {'SELECT', 'WITH', 'INSERT', 'UPDATE', 'DELETE', 'MERGE'}
OTHERS = {'ALTER', 'BEGIN', 'CREATE', 'DROP', 'GRANT', 'ROLLBACK', 'SAVEPOINT'}
NAME = re.compile(r'^[A-Za-z_][\w$#]*$')
TYPES = {'VARCHAR2', 'NUMBER', 'BINARY_DOUBLE', 'BOOLEAN', 'CLOB', 'BLOB', 'RAW', 'JSON', 'VECTOR'}


def fault(code, what):
    texts = {
        900: 'invalid SQL statement', 902: 'invalid datatype', 904: 'invalid identifier', 905: 'missing keyword', 907: 'missing right parenthesis',
        911: 'invalid character', 920: 'invalid relational operator', 923: 'FROM keyword not found where expected',
        925: 'missing INTO keyword', 933: 'SQL command not properly ended', 969: 'missing ON keyword', 906: 'missing left parenthesis',
    }
    return BackendError(f'{what}: {texts[code]}', ora_code=code)


def refuse(tokens):
    words = [token.upper() for token in tokens]
    if words[0] == 'ROLLBACK':
        if words[1:3] != ['TO', 'SAVEPOINT'] or len(words) != 4:
            raise fault(933, ' '.join(tokens))
        return
    if words[0] not in DATA:
        if words[0] not in OTHERS:
            raise fault(900, tokens[0])
        return
    if ';' in words:
        raise fault(911, ';')
    for at, word in enumerate(words):
        code = FOREIGN.get(word)
        if code is not None and not (word == 'REPLACE' and words[at + 1:at + 2] == ['(']):
            raise fault(code, tokens[at])
        follows = words[at + 1] if at + 1 < len(words) else ''
        if follows == '(' and NAME.match(word) and word not in FUNCTIONS and word not in BEFORE_BRACKET:
            known = words[at - 1] in ('INTO', 'WITH', ',') or at == 0
            if not known:
                raise fault(904, tokens[at])
        # A table's other name has no AS before it.
        if word == 'AS' and at >= 2 and words[at - 2] in ('FROM', 'JOIN', 'INTO', 'UPDATE') and follows != '(':
            raise fault(933, 'AS')
        if word == 'AS' and words[at - 1] == ')' and opens_table(words, at - 1) and follows != '(':
            raise fault(933, 'AS')
    if words[0] == 'UPDATE' and 'AS' in words[1:3]:
        raise fault(933, 'AS')
    if words[0] == 'MERGE':
        on = words.index('ON') if 'ON' in words else -1
        if on == -1 or words[on + 1] != '(':
            raise fault(969 if on == -1 else 906, 'ON')


def opens_table(words, closing):
    """Whether the bracket that closes here holds what a statement reads from."""
    depth = 0
    for at in range(closing, -1, -1):
        depth += {')': 1, '(': -1}.get(words[at], 0)
        if depth == 0:
            return words[at - 1] in ('FROM', 'JOIN')
    return False
