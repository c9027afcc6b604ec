"""A wire-level double of Oracle Database 26ai: seerdb's server, with the store's statements on SQLite behind it.

    python serve.py DATABASE USER PASSWORD [LOG]

With ADMINISTRATOR_PASSWORD in the environment there is a SYSTEM too, who makes users.

It prints its port. The four changes to seerdb 3.3.0 are what driver 26 asks of a server and it does not do yet.
"""

import os
import sys

from seerdb.server import handshake

# ACCEPT says that no native encryption is negotiated: flag0 bit 0x04, flag1 bit 0x08.
handshake._ACCEPT_LARGE_RESERVED = 0x4505

import seerdb.server as server  # noqa: E402
from seerdb.common import tns_consts as consts  # noqa: E402
from seerdb.server import session  # noqa: E402

import backend  # noqa: E402
import dictionary  # noqa: E402

# The double says that it has no zones of its own (byte 1 of the runtime capabilities): where a server says that it has, Node's
# driver reads the database's zone before the types, which seerdb does not send, and Python's driver knows nothing of it.
# Without, Node's asks for DBTIMEZONE.
handshake._SERVER_RUNTIME_CAPS = bytes([handshake._SERVER_RUNTIME_CAPS[0], 0]) + handshake._SERVER_RUNTIME_CAPS[2:]

plain_reexecute = session.parse_reexecute
IMAGES = (consts.TNS_TYPE_JSON, consts.TNS_TYPE_VECTOR)


def reexecute_with_images(payload, bind_types=None, *values, **named):
    """A JSON or VECTOR bind rides in its place, however wide it says it is: seerdb looks for it behind the others."""
    types = [(kind, form, 0 if kind in IMAGES else size, oid) for kind, form, size, oid in bind_types or []]
    return plain_reexecute(payload, types or bind_types, *values, **named)


session.parse_reexecute = reexecute_with_images

plain_query = session._answer_query


def query_that_keeps_defines(stream, target, request, cursors, *values, **named):
    """How the client reads long columns stands for the life of its cursor, also where it had no rows at first."""
    if request.cursor and not request.sql and request.define_types:
        cursors.set_defines(request.cursor, request.define_types)
    return plain_query(stream, target, request, cursors, *values, **named)


session._answer_query = query_that_keeps_defines

path, user, password = sys.argv[1:4]
dictionary.begin(user, password, os.environ.get('ADMINISTRATOR_PASSWORD'))
if len(sys.argv) > 4:
    backend.LOG = open(sys.argv[4], 'w')
listener = server.Server(
    '127.0.0.1', 0, backend_factory=lambda: backend.Session(path), field_version=consts.FIELD_VERSION_23_4,
)
print(listener.port, flush=True)
listener.serve_forever()
