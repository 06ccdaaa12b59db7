-- What prompts are made of, and what is asked about it: resources, bindings,
-- studies, and the reader's own answers.

ALTER TABLE shots ADD COLUMN calls TEXT NOT NULL DEFAULT ''; -- [{"name": …, "arguments": …, "result": …}, …]; '' none
ALTER TABLE shots ADD COLUMN pin TEXT NOT NULL DEFAULT '' CHECK (pin IN ('', 'first', 'last'));

-- Texts of resources, once by hash: banks and revisions name them by it.
CREATE TABLE pieces (
	hash TEXT PRIMARY KEY,
	body TEXT NOT NULL
) STRICT;

CREATE TABLE resources (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	prompt_id INTEGER NOT NULL REFERENCES prompts(id),
	name TEXT NOT NULL,
	source TEXT NOT NULL DEFAULT '',
	place INTEGER NOT NULL DEFAULT 0 CHECK (place >= 0), -- among the pieces of its source, 0: whole
	piece_hash TEXT NOT NULL REFERENCES pieces(hash),
	tags TEXT NOT NULL DEFAULT '[]',
	is_off INTEGER NOT NULL DEFAULT 0 CHECK (is_off IN (0, 1)),
	created_ms INTEGER NOT NULL,
	updated_ms INTEGER NOT NULL,
	deleted_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX resources_name ON resources(prompt_id, name) WHERE deleted_ms IS NULL;

CREATE TABLE relevances (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	prompt_id INTEGER NOT NULL REFERENCES prompts(id),
	case_id INTEGER NOT NULL REFERENCES cases(id),
	piece_hash TEXT NOT NULL, -- of a resource's text, which may be of a case's own list
	grade INTEGER NOT NULL CHECK (grade BETWEEN 0 AND 3),
	by_name TEXT NOT NULL DEFAULT '',
	created_ms INTEGER NOT NULL,
	deleted_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX relevances_once ON relevances(case_id, piece_hash, by_name) WHERE deleted_ms IS NULL;

-- A variable of a prompt that is an output of another, frozen.
CREATE TABLE bindings (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	prompt_id INTEGER NOT NULL REFERENCES prompts(id),
	var TEXT NOT NULL CHECK (var <> ''),
	from_id INTEGER NOT NULL REFERENCES prompts(id),
	run_id INTEGER NOT NULL REFERENCES runs(id),
	revision_id INTEGER REFERENCES revisions(id), -- NULL: of one from outside
	prompt_name TEXT NOT NULL,
	variant_name TEXT NOT NULL,
	revision INTEGER NOT NULL,
	model TEXT NOT NULL,
	take INTEGER NOT NULL CHECK (take >= 0), -- 0: all
	created_ms INTEGER NOT NULL,
	deleted_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX bindings_var ON bindings(prompt_id, var) WHERE deleted_ms IS NULL;

CREATE TABLE studies (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	prompt_id INTEGER NOT NULL REFERENCES prompts(id),
	kind TEXT NOT NULL CHECK (kind IN ('order', 'drop', 'sweep', 'vary', 'why')),
	spec TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	deleted_ms INTEGER
) STRICT;
CREATE INDEX studies_prompt ON studies(prompt_id);

ALTER TABLE runs ADD COLUMN study_id INTEGER REFERENCES studies(id); -- NULL: of none
ALTER TABLE runs ADD COLUMN holdout INTEGER NOT NULL DEFAULT 0; -- cases of the holdout that it asked about
CREATE INDEX runs_study ON runs(study_id) WHERE study_id IS NOT NULL;
ALTER TABLE cells ADD COLUMN arm TEXT NOT NULL DEFAULT ''; -- what a study changed of the revision

-- A person's answers to the intern test of a revision.
CREATE TABLE interns (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	revision_id INTEGER NOT NULL REFERENCES revisions(id),
	question INTEGER NOT NULL CHECK (question BETWEEN 1 AND 4),
	text TEXT NOT NULL,
	by_name TEXT NOT NULL DEFAULT '',
	updated_ms INTEGER NOT NULL,
	deleted_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX interns_once ON interns(revision_id, question) WHERE deleted_ms IS NULL;

-- Findings of lint that were answered with a reason.
CREATE TABLE silences (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	prompt_id INTEGER NOT NULL REFERENCES prompts(id),
	rule TEXT NOT NULL,
	quote TEXT NOT NULL,
	reason TEXT NOT NULL,
	by_name TEXT NOT NULL DEFAULT '',
	created_ms INTEGER NOT NULL,
	deleted_ms INTEGER
) STRICT;
CREATE INDEX silences_prompt ON silences(prompt_id);

-- The undo of drafts: what lay on the table before each step, the newest last.
CREATE TABLE steps (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	variant_id INTEGER NOT NULL REFERENCES variants(id),
	redo INTEGER NOT NULL CHECK (redo IN (0, 1)),
	place INTEGER NOT NULL CHECK (place >= 0),
	what TEXT NOT NULL,
	key TEXT NOT NULL DEFAULT '',
	content BLOB NOT NULL, -- packed: what differs from the next step's
	UNIQUE (variant_id, redo, place)
) STRICT;

-- 1: its process left it as it should; 0: it may hold what nobody meant to keep.
ALTER TABLE drafts ADD COLUMN is_left INTEGER NOT NULL DEFAULT 1 CHECK (is_left IN (0, 1));
