"""Everything in one process: a durable broker on one SQLite file, SQLite databases, and a mailbox to read mail in."""
