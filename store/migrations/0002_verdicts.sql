-- Judging, reading and suites.

-- Of an import: who typed the answers.
ALTER TABLE runs ADD COLUMN author TEXT NOT NULL DEFAULT '';

CREATE TABLE failure_modes (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	prompt_id INTEGER NOT NULL REFERENCES prompts(id),
	name TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	deleted_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX failure_modes_name ON failure_modes(prompt_id, name) WHERE deleted_ms IS NULL;

-- A mode that is hidden is none.
ALTER TABLE notes ADD COLUMN mode_id INTEGER REFERENCES failure_modes(id);
ALTER TABLE notes ADD COLUMN by_name TEXT NOT NULL DEFAULT '';
CREATE INDEX notes_mode ON notes(mode_id) WHERE mode_id IS NOT NULL;

CREATE TABLE sittings (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	prompt_id INTEGER NOT NULL REFERENCES prompts(id),
	judge TEXT NOT NULL CHECK (judge <> ''),
	mode TEXT NOT NULL CHECK (mode IN ('pairs', 'passfail')),
	run_ids TEXT NOT NULL, -- [id, …]
	seed INTEGER NOT NULL, -- 64 bits; the highest is no sign
	duels INTEGER NOT NULL CHECK (duels > 0),
	created_ms INTEGER NOT NULL,
	ended_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX sittings_prompt ON sittings(prompt_id);

-- A verdict keeps what was true of its answers in its own words: a report reads
-- this table alone, and what it says outlives runs, cases and names.
CREATE TABLE verdicts (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	sitting_id INTEGER REFERENCES sittings(id), -- NULL: given outside of one
	prompt_id INTEGER NOT NULL REFERENCES prompts(id),
	judge TEXT NOT NULL CHECK (judge <> ''),
	mode TEXT NOT NULL,
	left_cell INTEGER REFERENCES cells(id), -- NULL: from outside, without its text
	left_revision_id INTEGER REFERENCES revisions(id),
	left_prompt TEXT NOT NULL,
	left_variant TEXT NOT NULL,
	left_revision INTEGER NOT NULL,
	left_model TEXT NOT NULL,
	left_length INTEGER NOT NULL,
	right_cell INTEGER REFERENCES cells(id),
	right_revision_id INTEGER REFERENCES revisions(id),
	right_prompt TEXT NOT NULL,
	right_variant TEXT NOT NULL,
	right_revision INTEGER NOT NULL,
	right_model TEXT NOT NULL,
	right_length INTEGER NOT NULL,
	case_id INTEGER REFERENCES cases(id),
	case_name TEXT NOT NULL,
	case_tags TEXT NOT NULL DEFAULT '[]',
	take INTEGER NOT NULL CHECK (take > 0),
	choice TEXT NOT NULL,
	reason TEXT NOT NULL DEFAULT '',
	screen_ms INTEGER NOT NULL DEFAULT 0 CHECK (screen_ms >= 0),
	repeat_of INTEGER REFERENCES verdicts(id),
	known INTEGER NOT NULL DEFAULT 0 CHECK (known IN (0, 1)),
	guideline_id INTEGER REFERENCES guidelines(id),
	seed INTEGER NOT NULL DEFAULT 0, -- as sittings.seed
	created_ms INTEGER NOT NULL,
	deleted_ms INTEGER, -- taken back
	CHECK (mode = 'pairs' AND choice IN ('left', 'right', 'tie', 'both_bad', 'skip')
		OR mode = 'passfail' AND choice IN ('pass', 'fail', 'skip') AND right_cell IS NULL)
) STRICT;
CREATE INDEX verdicts_prompt ON verdicts(prompt_id);
CREATE INDEX verdicts_judge ON verdicts(prompt_id, judge, mode);
CREATE INDEX verdicts_left ON verdicts(left_cell) WHERE left_cell IS NOT NULL;
CREATE INDEX verdicts_right ON verdicts(right_cell) WHERE right_cell IS NOT NULL;

-- Who was told whose answers a judge reads.
CREATE TABLE reveals (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	prompt_id INTEGER NOT NULL REFERENCES prompts(id),
	judge TEXT NOT NULL CHECK (judge <> ''),
	revision_id INTEGER REFERENCES revisions(id),
	prompt_name TEXT NOT NULL,
	variant_name TEXT NOT NULL,
	revision INTEGER NOT NULL,
	model TEXT NOT NULL,
	created_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX reveals_once ON reveals(prompt_id, judge, coalesce(revision_id, 0), prompt_name, variant_name, revision, model);

CREATE TABLE corrections (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	cell_id INTEGER NOT NULL REFERENCES cells(id),
	judge TEXT NOT NULL,
	text TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	deleted_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX corrections_cell ON corrections(cell_id, judge) WHERE deleted_ms IS NULL;

CREATE TABLE suites (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	prompt_id INTEGER NOT NULL REFERENCES prompts(id),
	name TEXT NOT NULL,
	note TEXT NOT NULL DEFAULT '',
	case_ids TEXT NOT NULL DEFAULT '[]', -- [id, …]; none: every case
	threshold REAL, -- NULL: every assertion must hold
	created_ms INTEGER NOT NULL,
	updated_ms INTEGER NOT NULL, -- also when one of its assertions changes
	deleted_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX suites_name ON suites(prompt_id, name) WHERE deleted_ms IS NULL;

CREATE TABLE assertions (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	suite_id INTEGER NOT NULL REFERENCES suites(id),
	case_id INTEGER REFERENCES cases(id), -- NULL without a name: every case
	case_name TEXT NOT NULL DEFAULT '',
	kind TEXT NOT NULL CHECK (kind <> ''),
	spec TEXT NOT NULL, -- what the kind takes: {"value": …, "min": …, …}
	created_ms INTEGER NOT NULL,
	updated_ms INTEGER NOT NULL,
	deleted_ms INTEGER
) STRICT;
CREATE INDEX assertions_suite ON assertions(suite_id);

CREATE TABLE checks (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	suite_id INTEGER NOT NULL REFERENCES suites(id),
	suite_name TEXT NOT NULL,
	run_id INTEGER REFERENCES runs(id), -- NULL: of several
	passed INTEGER NOT NULL,
	failed INTEGER NOT NULL,
	errors INTEGER NOT NULL,
	not_run INTEGER NOT NULL,
	contestants TEXT NOT NULL,
	results TEXT NOT NULL,
	created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX checks_suite ON checks(suite_id);
