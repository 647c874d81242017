"""Rows: the only importer of SQLAlchemy. SQLite by default, PostgreSQL for many processes."""
