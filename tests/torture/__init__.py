"""`make torture`: people answer while everything that can break is broken; then the books are compared.

Every request that submits is first written to a ledger and synced to disk, every answer after it. What was
acknowledged must be stored once, with its last content, whatever happened. Not part of `make test`; needs the
programs of PostgreSQL and Redis, starts its own, and touches no other.
"""
