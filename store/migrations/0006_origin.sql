-- Where an answer was asked: a name of the address that does not show it, though a guess
-- can be tried. An answer is given again only to who would ask there, unless the model's
-- digest says that it is the same elsewhere. '': it was not written down, or there is no
-- address.
ALTER TABLE outputs ADD COLUMN origin TEXT NOT NULL DEFAULT '';
