CREATE TABLE chain (
	number INTEGER NOT NULL,
	run TEXT NOT NULL,
	content TEXT NOT NULL,
	hash TEXT NOT NULL,
	forgotten TEXT,
	PRIMARY KEY (number)
);

CREATE TABLE chain_end (
	number BIGINT NOT NULL,
	hash TEXT NOT NULL
);

CREATE TABLE repair (
	run TEXT NOT NULL,
	confirmed TEXT NOT NULL,
	profile TEXT NOT NULL,
	component TEXT NOT NULL,
	fault TEXT NOT NULL,
	PRIMARY KEY (run)
);

CREATE TABLE run (
	number INTEGER NOT NULL,
	id TEXT NOT NULL,
	started TEXT NOT NULL,
	interrupted BOOLEAN NOT NULL,
	origin TEXT NOT NULL,
	host TEXT NOT NULL,
	profile TEXT NOT NULL,
	serial_number TEXT,
	verdict TEXT NOT NULL,
	record TEXT NOT NULL,
	PRIMARY KEY (number),
	UNIQUE (id)
);

CREATE TABLE run_brief (
	run INTEGER NOT NULL,
	brief TEXT NOT NULL,
	PRIMARY KEY (run),
	FOREIGN KEY(run) REFERENCES run (number) ON DELETE CASCADE
);

CREATE TABLE run_fault (
	run INTEGER NOT NULL,
	place INTEGER NOT NULL,
	fault TEXT NOT NULL,
	PRIMARY KEY (run, place),
	FOREIGN KEY(run) REFERENCES run (number) ON DELETE CASCADE
);

CREATE TABLE run_serial (
	serial_number TEXT NOT NULL,
	run INTEGER NOT NULL,
	PRIMARY KEY (serial_number, run),
	FOREIGN KEY(run) REFERENCES run (number) ON DELETE CASCADE
);

CREATE INDEX run_started ON run (started);

CREATE INDEX run_fault_fault ON run_fault (fault, run);

CREATE INDEX run_serial_run ON run_serial (run)
;
INSERT INTO chain_end (number, hash) VALUES (0, '');
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO alembic_version (version_num) VALUES ('0002')
