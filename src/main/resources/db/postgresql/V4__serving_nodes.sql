-- Since when the node answers its own requests without a break; NULL: it does not, or does not say.
ALTER TABLE incarnation ADD COLUMN serving_since TIMESTAMPTZ(3);
