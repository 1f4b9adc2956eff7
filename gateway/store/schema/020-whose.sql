-- What refers to a contact is found from the contact: an import that is taken back asks before
-- it removes somebody, and so does the foreign key.

CREATE INDEX said_contact ON said(contact);
CREATE INDEX entries_whose ON entries(contact);
