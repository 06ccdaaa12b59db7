-- Who writes a draft: the process that has it open, by the name that it gives itself.
-- While that lives nobody else is offered the draft, and nobody writes over it. '': it
-- is not known.
ALTER TABLE drafts ADD COLUMN owner TEXT NOT NULL DEFAULT '';
