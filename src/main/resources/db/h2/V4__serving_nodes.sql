-- H2 commits with each statement: IF NOT EXISTS, so that a start that died in the middle is
-- finished by the next one.
-- Since when the node answers its own requests without a break; NULL: it does not, or does not say.
ALTER TABLE incarnation ADD COLUMN IF NOT EXISTS serving_since TIMESTAMP(3) WITH TIME ZONE;
