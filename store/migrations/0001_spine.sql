-- Prompts, their pieces, runs and what came back, and the log of edits.
-- Rows that others may refer to are never removed: deleted_ms hides them.

CREATE TABLE prompts (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	note TEXT NOT NULL DEFAULT '',
	guideline_id INTEGER REFERENCES guidelines(id),
	created_ms INTEGER NOT NULL,
	updated_ms INTEGER NOT NULL,
	deleted_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX prompts_name ON prompts(name) WHERE deleted_ms IS NULL;

-- Every state that a prompt's guideline was in; the prompt points at the one in force.
CREATE TABLE guidelines (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	prompt_id INTEGER NOT NULL REFERENCES prompts(id),
	text TEXT NOT NULL,
	created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX guidelines_prompt ON guidelines(prompt_id);

CREATE TABLE variants (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	prompt_id INTEGER NOT NULL REFERENCES prompts(id),
	name TEXT NOT NULL,
	head_id INTEGER REFERENCES revisions(id),
	created_ms INTEGER NOT NULL,
	updated_ms INTEGER NOT NULL,
	deleted_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX variants_name ON variants(prompt_id, name) WHERE deleted_ms IS NULL;

-- What a revision holds, once for each distinct content.
CREATE TABLE contents (
	hash TEXT PRIMARY KEY,
	body TEXT NOT NULL
) STRICT;

CREATE TABLE revisions (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	variant_id INTEGER NOT NULL REFERENCES variants(id),
	number INTEGER NOT NULL CHECK (number > 0),
	parent_id INTEGER REFERENCES revisions(id),
	intent TEXT NOT NULL DEFAULT '',
	content_hash TEXT NOT NULL REFERENCES contents(hash),
	created_ms INTEGER NOT NULL,
	UNIQUE (variant_id, number)
) STRICT;

-- The unsaved state of a variant.
CREATE TABLE drafts (
	variant_id INTEGER PRIMARY KEY REFERENCES variants(id),
	uid TEXT NOT NULL UNIQUE,
	base_id INTEGER NOT NULL REFERENCES revisions(id),
	content TEXT NOT NULL,
	updated_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE shots (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	prompt_id INTEGER NOT NULL REFERENCES prompts(id),
	name TEXT NOT NULL,
	input TEXT NOT NULL,
	output TEXT NOT NULL,
	tags TEXT NOT NULL DEFAULT '[]',
	is_off INTEGER NOT NULL DEFAULT 0 CHECK (is_off IN (0, 1)),
	created_ms INTEGER NOT NULL,
	updated_ms INTEGER NOT NULL,
	deleted_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX shots_name ON shots(prompt_id, name) WHERE deleted_ms IS NULL;

CREATE TABLE cases (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	prompt_id INTEGER NOT NULL REFERENCES prompts(id),
	name TEXT NOT NULL,
	vars TEXT NOT NULL, -- [["name", "value"], …], in order
	wanted TEXT,
	tags TEXT NOT NULL DEFAULT '[]',
	split TEXT NOT NULL DEFAULT 'dev' CHECK (split IN ('dev', 'holdout')),
	created_ms INTEGER NOT NULL,
	updated_ms INTEGER NOT NULL,
	deleted_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX cases_name ON cases(prompt_id, name) WHERE deleted_ms IS NULL;

-- The messages of a context, by the hash that names them.
CREATE TABLE proofs (
	hash TEXT PRIMARY KEY,
	messages TEXT NOT NULL, -- [["role", "content"], …]
	prefill INTEGER NOT NULL CHECK (prefill IN (0, 1))
) STRICT;

-- A proof with what its hash does not name: two variants may come to the same messages.
CREATE TABLE views (
	key TEXT PRIMARY KEY,
	proof_hash TEXT NOT NULL REFERENCES proofs(hash),
	params TEXT NOT NULL,
	spans TEXT NOT NULL,
	shot_order TEXT NOT NULL
) STRICT;
CREATE INDEX views_proof ON views(proof_hash);

-- The bytes that went out, by their hash.
CREATE TABLE requests (
	hash TEXT PRIMARY KEY,
	method TEXT NOT NULL,
	path TEXT NOT NULL,
	body BLOB NOT NULL
) STRICT;

-- The variables of a case as they were when a run began, by the hash that names them.
CREATE TABLE vars (
	hash TEXT PRIMARY KEY,
	body TEXT NOT NULL -- as cases.vars
) STRICT;

CREATE TABLE runs (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	prompt_id INTEGER REFERENCES prompts(id),
	prompt_name TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('running', 'done', 'stopped', 'interrupted')),
	note TEXT NOT NULL DEFAULT '',
	imported INTEGER NOT NULL DEFAULT 0 CHECK (imported IN (0, 1)),
	no_cache INTEGER NOT NULL DEFAULT 0 CHECK (no_cache IN (0, 1)),
	started_ms INTEGER NOT NULL,
	ended_ms INTEGER NOT NULL DEFAULT 0,
	cells INTEGER NOT NULL,
	-- Sums as they were when the run last ended; of a run that goes on they are counted.
	done INTEGER NOT NULL DEFAULT 0,
	failed INTEGER NOT NULL DEFAULT 0,
	cached INTEGER NOT NULL DEFAULT 0,
	requests INTEGER NOT NULL DEFAULT 0,
	cost_usd REAL,
	lease_owner TEXT,
	lease_until_ms INTEGER NOT NULL DEFAULT 0,
	deleted_ms INTEGER
) STRICT;
CREATE INDEX runs_prompt ON runs(prompt_id);

-- A cell keeps what it was run with in its own words.
CREATE TABLE cells (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	run_id INTEGER NOT NULL REFERENCES runs(id),
	idx INTEGER NOT NULL CHECK (idx >= 0),
	revision_id INTEGER REFERENCES revisions(id),
	prompt_name TEXT NOT NULL,
	variant_name TEXT NOT NULL,
	revision INTEGER NOT NULL,
	model TEXT NOT NULL,
	case_id INTEGER REFERENCES cases(id),
	case_name TEXT NOT NULL,
	case_tags TEXT NOT NULL DEFAULT '[]',
	vars_hash TEXT REFERENCES vars(hash), -- NULL: none
	wanted TEXT,
	take INTEGER NOT NULL CHECK (take > 0),
	shot_order TEXT NOT NULL,
	proof_hash TEXT NOT NULL DEFAULT '',
	proof_key TEXT REFERENCES views(key),
	request_hash TEXT NOT NULL DEFAULT '',
	status TEXT NOT NULL CHECK (status IN ('waiting', 'running', 'done', 'truncated', 'filtered', 'refused',
		'empty', 'tool_calls', 'error', 'stopped', 'interrupted')),
	UNIQUE (run_id, idx)
) STRICT;
CREATE INDEX cells_request ON cells(request_hash, model, take) WHERE request_hash <> '';

CREATE TABLE attempts (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	cell_id INTEGER NOT NULL REFERENCES cells(id),
	number INTEGER NOT NULL CHECK (number > 0),
	request_hash TEXT NOT NULL REFERENCES requests(hash),
	at_ms INTEGER NOT NULL,
	ended_ms INTEGER, -- NULL: in flight when its process ended; it may have been billed
	error_kind TEXT,
	error_message TEXT,
	error_status INTEGER,
	error_retryable INTEGER
) STRICT;
CREATE INDEX attempts_cell ON attempts(cell_id);

CREATE TABLE outputs (
	cell_id INTEGER PRIMARY KEY REFERENCES cells(id),
	uid TEXT NOT NULL UNIQUE,
	finish TEXT NOT NULL DEFAULT '',
	text TEXT NOT NULL DEFAULT '',
	prefill TEXT NOT NULL DEFAULT '',
	reason TEXT NOT NULL DEFAULT '',
	input_tokens INTEGER NOT NULL DEFAULT 0,
	output_tokens INTEGER NOT NULL DEFAULT 0,
	usage_source TEXT NOT NULL DEFAULT '',
	queue_ms INTEGER NOT NULL DEFAULT 0,
	ttft_ms INTEGER NOT NULL DEFAULT 0,
	total_ms INTEGER NOT NULL DEFAULT 0,
	tokens_per_s REAL NOT NULL DEFAULT 0,
	cost_usd REAL,
	cached INTEGER NOT NULL DEFAULT 0 CHECK (cached IN (0, 1)),
	attempts INTEGER NOT NULL DEFAULT 0,
	model TEXT NOT NULL DEFAULT '',
	digest TEXT NOT NULL DEFAULT '',
	error_kind TEXT,
	error_message TEXT,
	error_status INTEGER,
	error_retryable INTEGER,
	ended_ms INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE notes (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	cell_id INTEGER NOT NULL REFERENCES cells(id),
	text TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	deleted_ms INTEGER
) STRICT;
CREATE INDEX notes_cell ON notes(cell_id);

-- What was changed, in order. Nothing here is ever changed or removed: an undo
-- is an entry that names the one it takes back, a redo one that names an undo.
CREATE TABLE edits (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	at_ms INTEGER NOT NULL,
	verb TEXT NOT NULL,
	noun TEXT NOT NULL,
	name TEXT NOT NULL,
	detail TEXT NOT NULL DEFAULT '',
	changes TEXT NOT NULL, -- [{"t": table, "id": row, "b": columns before, "a": after}, …]
	undoes INTEGER REFERENCES edits(id)
) STRICT;
CREATE INDEX edits_undoes ON edits(undoes) WHERE undoes IS NOT NULL;

-- Words of everything that can be searched; the rowid is 8·id + a number for the noun.
CREATE VIRTUAL TABLE fts USING fts5(body, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');
