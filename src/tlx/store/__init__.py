"""The store: events in an in-memory DuckDB database. The only floor that knows DuckDB's connection."""
