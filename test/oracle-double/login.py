"""Oracle's own Python driver, in thin mode, asks the double what Node's asks, and prints what it got as JSON.

    python login.py DSN USER PASSWORD
"""

import array
import json
import sys

import oracledb

dsn, user, password = sys.argv[1:4]
said = {'driver': oracledb.__version__, 'thin': True}

try:
    oracledb.connect(user=user, password=f'{password} not', dsn=dsn)
except oracledb.DatabaseError as error:
    said['wrong password'] = error.args[0].full_code

oracledb.defaults.fetch_lobs = False
connection = oracledb.connect(user=user, password=password, dsn=dsn)
said['thin'] = connection.thin
cursor = connection.cursor()
cursor.execute(
    'CREATE TABLE IF NOT EXISTS login_check (name VARCHAR2(600 CHAR) PRIMARY KEY, amount NUMBER(19), flag BOOLEAN, facts JSON,'
    ' words CLOB, embedding VECTOR(*, FLOAT32))'
)
cursor.execute('DELETE FROM login_check')
cursor.setinputsizes(facts=oracledb.DB_TYPE_JSON, words=oracledb.DB_TYPE_CLOB, embedding=oracledb.DB_TYPE_VECTOR)
put = (
    'INSERT INTO login_check (name, amount, flag, facts, words, embedding)'
    ' VALUES (:name, :amount, :flag, :facts, :words, :embedding)'
)
cursor.execute(
    put,
    name='one',
    amount=1234567890123456789,
    flag=True,
    facts={'a': [1, 'z', None]},
    words='x' * 40_000,
    embedding=array.array('f', [1, 0.5, -2]),
)
connection.commit()
cursor = connection.cursor()
cursor.executemany(
    'INSERT INTO login_check (name, amount) VALUES (:name, :amount)',
    [{'name': f'many {index}', 'amount': index} for index in range(300)],
)
connection.commit()
try:
    cursor.execute('INSERT INTO login_check (name) VALUES (:name)', name='one')
except oracledb.IntegrityError as error:
    said['twice'] = error.args[0].full_code
connection.rollback()
try:
    cursor.execute('SELECT name FROM login_check LIMIT 5')
except oracledb.DatabaseError as error:
    said['LIMIT'] = error.args[0].full_code
row = cursor.execute(
    'SELECT name, amount, flag, facts, words, embedding FROM login_check WHERE name = :name', name='one'
).fetchone()
said['row'] = [row[0], str(row[1]), row[2], row[3], len(row[4]), list(row[5])]
said['rows'] = len(cursor.execute("SELECT name FROM login_check WHERE name <> 'one' ORDER BY name").fetchall())
connection.close()
print(json.dumps(said, default=float))
