-- table assertions of assertions
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
-- index assertions_suite of assertions
CREATE INDEX assertions_suite ON assertions(suite_id);
-- index sqlite_autoindex_assertions_1 of assertions
-- table attempts of attempts
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
-- index attempts_cell of attempts
CREATE INDEX attempts_cell ON attempts(cell_id);
-- index sqlite_autoindex_attempts_1 of attempts
-- table bindings of bindings
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
-- index bindings_var of bindings
CREATE UNIQUE INDEX bindings_var ON bindings(prompt_id, var) WHERE deleted_ms IS NULL;
-- index sqlite_autoindex_bindings_1 of bindings
-- table cases of cases
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
-- index cases_name of cases
CREATE UNIQUE INDEX cases_name ON cases(prompt_id, name) WHERE deleted_ms IS NULL;
-- index sqlite_autoindex_cases_1 of cases
-- table cells of cells
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
		'empty', 'tool_calls', 'error', 'stopped', 'interrupted')), arm TEXT NOT NULL DEFAULT '',
	UNIQUE (run_id, idx)
) STRICT;
-- index cells_request of cells
CREATE INDEX cells_request ON cells(request_hash, model, take) WHERE request_hash <> '';
-- index sqlite_autoindex_cells_1 of cells
-- index sqlite_autoindex_cells_2 of cells
-- table checks of checks
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
-- index checks_suite of checks
CREATE INDEX checks_suite ON checks(suite_id);
-- index sqlite_autoindex_checks_1 of checks
-- table contents of contents
CREATE TABLE contents (
	hash TEXT PRIMARY KEY,
	body TEXT NOT NULL
) STRICT;
-- index sqlite_autoindex_contents_1 of contents
-- table corrections of corrections
CREATE TABLE corrections (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	cell_id INTEGER NOT NULL REFERENCES cells(id),
	judge TEXT NOT NULL,
	text TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	deleted_ms INTEGER
) STRICT;
-- index corrections_cell of corrections
CREATE UNIQUE INDEX corrections_cell ON corrections(cell_id, judge) WHERE deleted_ms IS NULL;
-- index sqlite_autoindex_corrections_1 of corrections
-- table drafts of drafts
CREATE TABLE drafts (
	variant_id INTEGER PRIMARY KEY REFERENCES variants(id),
	uid TEXT NOT NULL UNIQUE,
	base_id INTEGER NOT NULL REFERENCES revisions(id),
	content TEXT NOT NULL,
	updated_ms INTEGER NOT NULL
, is_left INTEGER NOT NULL DEFAULT 1 CHECK (is_left IN (0, 1)), owner TEXT NOT NULL DEFAULT '') STRICT;
-- index sqlite_autoindex_drafts_1 of drafts
-- table edits of edits
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
-- index edits_undoes of edits
CREATE INDEX edits_undoes ON edits(undoes) WHERE undoes IS NOT NULL;
-- index sqlite_autoindex_edits_1 of edits
-- table evaluated of evaluated
CREATE TABLE evaluated (
	hash TEXT PRIMARY KEY,
	text BLOB NOT NULL, -- packed
	ids BLOB, -- of its tokens, varints, packed; NULL: unknown
	source TEXT NOT NULL,
	tokens INTEGER NOT NULL,
	counted INTEGER NOT NULL
) STRICT;
-- index sqlite_autoindex_evaluated_1 of evaluated
-- table failure_modes of failure_modes
CREATE TABLE failure_modes (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	prompt_id INTEGER NOT NULL REFERENCES prompts(id),
	name TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	deleted_ms INTEGER
) STRICT;
-- index failure_modes_name of failure_modes
CREATE UNIQUE INDEX failure_modes_name ON failure_modes(prompt_id, name) WHERE deleted_ms IS NULL;
-- index sqlite_autoindex_failure_modes_1 of failure_modes
-- table fts of fts
CREATE VIRTUAL TABLE fts USING fts5(body, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');
-- table fts_config of fts_config
CREATE TABLE 'fts_config'(k PRIMARY KEY, v) WITHOUT ROWID;
-- table fts_data of fts_data
CREATE TABLE 'fts_data'(id INTEGER PRIMARY KEY, block BLOB);
-- table fts_docsize of fts_docsize
CREATE TABLE 'fts_docsize'(id INTEGER PRIMARY KEY, sz BLOB, origin INTEGER);
-- table fts_idx of fts_idx
CREATE TABLE 'fts_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
-- table guidelines of guidelines
CREATE TABLE guidelines (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	prompt_id INTEGER NOT NULL REFERENCES prompts(id),
	text TEXT NOT NULL,
	created_ms INTEGER NOT NULL
) STRICT;
-- index guidelines_prompt of guidelines
CREATE INDEX guidelines_prompt ON guidelines(prompt_id);
-- index sqlite_autoindex_guidelines_1 of guidelines
-- table interns of interns
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
-- index interns_once of interns
CREATE UNIQUE INDEX interns_once ON interns(revision_id, question) WHERE deleted_ms IS NULL;
-- index sqlite_autoindex_interns_1 of interns
-- table notes of notes
CREATE TABLE notes (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	cell_id INTEGER NOT NULL REFERENCES cells(id),
	text TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	deleted_ms INTEGER
, mode_id INTEGER REFERENCES failure_modes(id), by_name TEXT NOT NULL DEFAULT '') STRICT;
-- index notes_cell of notes
CREATE INDEX notes_cell ON notes(cell_id);
-- index notes_mode of notes
CREATE INDEX notes_mode ON notes(mode_id) WHERE mode_id IS NOT NULL;
-- index sqlite_autoindex_notes_1 of notes
-- table outputs of outputs
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
, tool_calls TEXT NOT NULL DEFAULT '', engine TEXT NOT NULL DEFAULT '', server TEXT NOT NULL DEFAULT '', repeatable INTEGER NOT NULL DEFAULT 0 CHECK (repeatable IN (0, 1)), evidence TEXT NOT NULL DEFAULT '', differs TEXT NOT NULL DEFAULT '', cut INTEGER NOT NULL DEFAULT 0 CHECK (cut IN (0, 1)), cached_tokens INTEGER, reasoning_tokens INTEGER, evaluated_hash TEXT REFERENCES evaluated(hash), timed TEXT NOT NULL DEFAULT '', origin TEXT NOT NULL DEFAULT '') STRICT;
-- index outputs_timed of outputs
CREATE INDEX outputs_timed ON outputs(timed, cell_id) WHERE timed <> '';
-- index sqlite_autoindex_outputs_1 of outputs
-- table pieces of pieces
CREATE TABLE pieces (
	hash TEXT PRIMARY KEY,
	body TEXT NOT NULL
) STRICT;
-- index sqlite_autoindex_pieces_1 of pieces
-- table prompts of prompts
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
-- index prompts_name of prompts
CREATE UNIQUE INDEX prompts_name ON prompts(name) WHERE deleted_ms IS NULL;
-- index sqlite_autoindex_prompts_1 of prompts
-- table proofs of proofs
CREATE TABLE proofs (
	hash TEXT PRIMARY KEY,
	messages TEXT NOT NULL, -- [["role", "content"], …]
	prefill INTEGER NOT NULL CHECK (prefill IN (0, 1))
, extras TEXT NOT NULL DEFAULT '') STRICT;
-- index sqlite_autoindex_proofs_1 of proofs
-- table prunes of prunes
CREATE TABLE prunes (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	model TEXT NOT NULL,
	before_ms INTEGER NOT NULL,
	last_cell INTEGER NOT NULL,
	created_ms INTEGER NOT NULL,
	deleted_ms INTEGER
) STRICT;
-- index sqlite_autoindex_prunes_1 of prunes
-- table received of received
CREATE TABLE received (
	cell_id INTEGER PRIMARY KEY REFERENCES cells(id),
	uid TEXT NOT NULL UNIQUE,
	body BLOB NOT NULL, -- packed
	size INTEGER NOT NULL -- before it was packed
) STRICT;
-- index sqlite_autoindex_received_1 of received
-- table relevances of relevances
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
-- index relevances_once of relevances
CREATE UNIQUE INDEX relevances_once ON relevances(case_id, piece_hash, by_name) WHERE deleted_ms IS NULL;
-- index sqlite_autoindex_relevances_1 of relevances
-- table requests of requests
CREATE TABLE requests (
	hash TEXT PRIMARY KEY,
	method TEXT NOT NULL,
	path TEXT NOT NULL,
	body BLOB NOT NULL
) STRICT;
-- index sqlite_autoindex_requests_1 of requests
-- table resources of resources
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
-- index resources_name of resources
CREATE UNIQUE INDEX resources_name ON resources(prompt_id, name) WHERE deleted_ms IS NULL;
-- index sqlite_autoindex_resources_1 of resources
-- table reveals of reveals
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
-- index reveals_once of reveals
CREATE UNIQUE INDEX reveals_once ON reveals(prompt_id, judge, coalesce(revision_id, 0), prompt_name, variant_name, revision, model);
-- index sqlite_autoindex_reveals_1 of reveals
-- table revisions of revisions
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
-- index sqlite_autoindex_revisions_1 of revisions
-- index sqlite_autoindex_revisions_2 of revisions
-- table runs of runs
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
, author TEXT NOT NULL DEFAULT '', timing INTEGER NOT NULL DEFAULT 0 CHECK (timing IN (0, 1)), repeatable INTEGER NOT NULL DEFAULT 0 CHECK (repeatable IN (0, 1)), mixed TEXT NOT NULL DEFAULT '', unsure INTEGER NOT NULL DEFAULT 0, study_id INTEGER REFERENCES studies(id), holdout INTEGER NOT NULL DEFAULT 0) STRICT;
-- index runs_prompt of runs
CREATE INDEX runs_prompt ON runs(prompt_id);
-- index runs_study of runs
CREATE INDEX runs_study ON runs(study_id) WHERE study_id IS NOT NULL;
-- index sqlite_autoindex_runs_1 of runs
-- table shots of shots
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
, calls TEXT NOT NULL DEFAULT '', pin TEXT NOT NULL DEFAULT '' CHECK (pin IN ('', 'first', 'last'))) STRICT;
-- index shots_name of shots
CREATE UNIQUE INDEX shots_name ON shots(prompt_id, name) WHERE deleted_ms IS NULL;
-- index sqlite_autoindex_shots_1 of shots
-- table silences of silences
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
-- index silences_prompt of silences
CREATE INDEX silences_prompt ON silences(prompt_id);
-- index sqlite_autoindex_silences_1 of silences
-- table sittings of sittings
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
-- index sittings_prompt of sittings
CREATE INDEX sittings_prompt ON sittings(prompt_id);
-- index sqlite_autoindex_sittings_1 of sittings
-- table steps of steps
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
-- index sqlite_autoindex_steps_1 of steps
-- index sqlite_autoindex_steps_2 of steps
-- table studies of studies
CREATE TABLE studies (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	prompt_id INTEGER NOT NULL REFERENCES prompts(id),
	kind TEXT NOT NULL CHECK (kind IN ('order', 'drop', 'sweep', 'vary', 'why')),
	spec TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	deleted_ms INTEGER
) STRICT;
-- index sqlite_autoindex_studies_1 of studies
-- index studies_prompt of studies
CREATE INDEX studies_prompt ON studies(prompt_id);
-- table suites of suites
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
-- index sqlite_autoindex_suites_1 of suites
-- index suites_name of suites
CREATE UNIQUE INDEX suites_name ON suites(prompt_id, name) WHERE deleted_ms IS NULL;
-- table variants of variants
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
-- index sqlite_autoindex_variants_1 of variants
-- index variants_name of variants
CREATE UNIQUE INDEX variants_name ON variants(prompt_id, name) WHERE deleted_ms IS NULL;
-- table vars of vars
CREATE TABLE vars (
	hash TEXT PRIMARY KEY,
	body TEXT NOT NULL -- as cases.vars
) STRICT;
-- index sqlite_autoindex_vars_1 of vars
-- table verdicts of verdicts
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
-- index sqlite_autoindex_verdicts_1 of verdicts
-- index verdicts_judge of verdicts
CREATE INDEX verdicts_judge ON verdicts(prompt_id, judge, mode);
-- index verdicts_left of verdicts
CREATE INDEX verdicts_left ON verdicts(left_cell) WHERE left_cell IS NOT NULL;
-- index verdicts_prompt of verdicts
CREATE INDEX verdicts_prompt ON verdicts(prompt_id);
-- index verdicts_right of verdicts
CREATE INDEX verdicts_right ON verdicts(right_cell) WHERE right_cell IS NOT NULL;
-- table views of views
CREATE TABLE views (
	key TEXT PRIMARY KEY,
	proof_hash TEXT NOT NULL REFERENCES proofs(hash),
	params TEXT NOT NULL,
	spans TEXT NOT NULL,
	shot_order TEXT NOT NULL
) STRICT;
-- index sqlite_autoindex_views_1 of views
-- index views_proof of views
CREATE INDEX views_proof ON views(proof_hash);
