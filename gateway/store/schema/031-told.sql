-- The state that whoever brought a key was told when the text was accepted: a repeat is told
-- the same. Null: nobody outside brought one.
ALTER TABLE messages ADD COLUMN told TEXT;
