-- What engines say of a call: what they evaluated, measured and sent.

-- What stands beside the messages of a context: {"tools": …, "schema": …, "grammar": …}; '' nothing.
ALTER TABLE proofs ADD COLUMN extras TEXT NOT NULL DEFAULT '';

ALTER TABLE runs ADD COLUMN timing INTEGER NOT NULL DEFAULT 0 CHECK (timing IN (0, 1));
ALTER TABLE runs ADD COLUMN repeatable INTEGER NOT NULL DEFAULT 0 CHECK (repeatable IN (0, 1));
-- Sums as the others: models that were not one model all the time, and requests
-- that were in flight when their process ended.
ALTER TABLE runs ADD COLUMN mixed TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN unsure INTEGER NOT NULL DEFAULT 0;

-- A context as an engine evaluated it, by the hash that names all of it.
CREATE TABLE evaluated (
	hash TEXT PRIMARY KEY,
	text BLOB NOT NULL, -- packed
	ids BLOB, -- of its tokens, varints, packed; NULL: unknown
	source TEXT NOT NULL,
	tokens INTEGER NOT NULL,
	counted INTEGER NOT NULL
) STRICT;

-- What a server sent for a cell, keys removed.
CREATE TABLE received (
	cell_id INTEGER PRIMARY KEY REFERENCES cells(id),
	uid TEXT NOT NULL UNIQUE,
	body BLOB NOT NULL, -- packed
	size INTEGER NOT NULL -- before it was packed
) STRICT;

ALTER TABLE outputs ADD COLUMN tool_calls TEXT NOT NULL DEFAULT ''; -- [[id, name, arguments], …]; '' none
ALTER TABLE outputs ADD COLUMN engine TEXT NOT NULL DEFAULT ''; -- its own timing; '' none
ALTER TABLE outputs ADD COLUMN server TEXT NOT NULL DEFAULT '';
ALTER TABLE outputs ADD COLUMN repeatable INTEGER NOT NULL DEFAULT 0 CHECK (repeatable IN (0, 1));
ALTER TABLE outputs ADD COLUMN evidence TEXT NOT NULL DEFAULT '';
ALTER TABLE outputs ADD COLUMN differs TEXT NOT NULL DEFAULT '';
ALTER TABLE outputs ADD COLUMN cut INTEGER NOT NULL DEFAULT 0 CHECK (cut IN (0, 1));
ALTER TABLE outputs ADD COLUMN cached_tokens INTEGER; -- NULL: the server does not say
ALTER TABLE outputs ADD COLUMN reasoning_tokens INTEGER;
ALTER TABLE outputs ADD COLUMN evaluated_hash TEXT REFERENCES evaluated(hash);
-- The model, where this answer says how fast it is: it was asked for, finished and timed.
ALTER TABLE outputs ADD COLUMN timed TEXT NOT NULL DEFAULT '';
CREATE INDEX outputs_timed ON outputs(timed, cell_id) WHERE timed <> '';

-- Answers up to last_cell that are not reused any more: those of one model ('':
-- of all), those that ended before a time (0: all).
CREATE TABLE prunes (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	model TEXT NOT NULL,
	before_ms INTEGER NOT NULL,
	last_cell INTEGER NOT NULL,
	created_ms INTEGER NOT NULL,
	deleted_ms INTEGER
) STRICT;

-- What is known of how fast models answer.
UPDATE outputs SET timed = c.model FROM cells c
	WHERE c.id = outputs.cell_id AND outputs.cached = 0 AND outputs.total_ms > 0
		AND c.status IN ('done', 'truncated', 'filtered', 'refused', 'empty', 'tool_calls');
