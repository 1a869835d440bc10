"""All records of a bench, or of many: SQLite in the user's data folder, or the database that POSDIAG_STORE names."""
