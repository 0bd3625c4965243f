CREATE TABLE conflicts (
    document text NOT NULL,
    sync text NOT NULL,
    data text NOT NULL
);
CREATE TABLE documents (
    id text NOT NULL,
    data text NOT NULL
);
CREATE TABLE info (
    key text NOT NULL,
    value text NOT NULL
);
CREATE TABLE journal (
    id integer NOT NULL,
    sync text NOT NULL,
    step text NOT NULL,
    detail text NOT NULL,
    started text NOT NULL,
    finished text
);
CREATE SEQUENCE journal_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE journal_id_seq OWNED BY journal.id;
CREATE TABLE layers (
    document text NOT NULL,
    layer text NOT NULL,
    data text NOT NULL
);
CREATE TABLE releases (
    version text NOT NULL,
    created text NOT NULL,
    data text NOT NULL
);
CREATE TABLE remotes (
    marker text NOT NULL,
    url text NOT NULL,
    name text NOT NULL,
    project integer
);
CREATE TABLE revisions (
    document text NOT NULL,
    number integer NOT NULL,
    at text NOT NULL,
    content text NOT NULL,
    data text NOT NULL
);
CREATE TABLE tracked (
    marker text NOT NULL,
    document text NOT NULL,
    example integer,
    confirmed boolean NOT NULL,
    content text NOT NULL,
    base text NOT NULL
);
ALTER TABLE ONLY journal ALTER COLUMN id SET DEFAULT nextval('journal_id_seq'::regclass);
INSERT INTO documents VALUES ('8adc5a0175c8fbd9', '{"id":"8adc5a0175c8fbd9","lang":"fr","text":"Kiev et Paris."}');
INSERT INTO info VALUES ('format', '1');
INSERT INTO journal VALUES (1, 's1', 'push', '', '2026-01-01T00:00:00Z', NULL);
INSERT INTO layers VALUES ('8adc5a0175c8fbd9', 'proposal', '{"document":"8adc5a0175c8fbd9","layer":"proposal","spans":[{"by":"model:m@1","end":4,"label":"LOC","score":0.5,"start":0},{"by":"model:m@1","end":13,"label":"LOC","start":8}]}');
INSERT INTO remotes VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'http://127.0.0.1:8765', 'news', 1);
INSERT INTO revisions VALUES ('8adc5a0175c8fbd9', 1, '2026-01-01T00:00:00Z', '7757cb20025c5ae74e0d558e7eff2c8f', '{"at":"2026-01-01T00:00:00Z","author":"annotator:anna","document":"8adc5a0175c8fbd9","number":1,"reason":"pulled","schema":"news-fr@1.0.0","spans":[{"by":"model:m@1","end":4,"label":"LOC","score":0.5,"start":0}]}');
INSERT INTO tracked VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '8adc5a0175c8fbd9', 7, false, '4bc18c8146c415c229721c4f4b690c7e', '{"document":"8adc5a0175c8fbd9","layer":"proposal","spans":[{"by":"model:m@1","end":4,"label":"LOC","score":0.5,"start":0},{"by":"model:m@1","end":13,"label":"LOC","start":8}]}');
SELECT pg_catalog.setval('journal_id_seq', 1, true);
ALTER TABLE ONLY conflicts
    ADD CONSTRAINT conflicts_pkey PRIMARY KEY (document);
ALTER TABLE ONLY documents
    ADD CONSTRAINT documents_pkey PRIMARY KEY (id);
ALTER TABLE ONLY info
    ADD CONSTRAINT info_pkey PRIMARY KEY (key);
ALTER TABLE ONLY journal
    ADD CONSTRAINT journal_pkey PRIMARY KEY (id);
ALTER TABLE ONLY layers
    ADD CONSTRAINT layers_pkey PRIMARY KEY (document, layer);
ALTER TABLE ONLY releases
    ADD CONSTRAINT releases_pkey PRIMARY KEY (version);
ALTER TABLE ONLY remotes
    ADD CONSTRAINT remotes_pkey PRIMARY KEY (marker);
ALTER TABLE ONLY revisions
    ADD CONSTRAINT revisions_pkey PRIMARY KEY (document, number);
ALTER TABLE ONLY tracked
    ADD CONSTRAINT tracked_pkey PRIMARY KEY (marker, document);
ALTER TABLE ONLY conflicts
    ADD CONSTRAINT conflicts_document_fkey FOREIGN KEY (document) REFERENCES documents(id);
ALTER TABLE ONLY layers
    ADD CONSTRAINT layers_document_fkey FOREIGN KEY (document) REFERENCES documents(id);
ALTER TABLE ONLY revisions
    ADD CONSTRAINT revisions_document_fkey FOREIGN KEY (document) REFERENCES documents(id);
ALTER TABLE ONLY tracked
    ADD CONSTRAINT tracked_document_fkey FOREIGN KEY (document) REFERENCES documents(id);
ALTER TABLE ONLY tracked
    ADD CONSTRAINT tracked_marker_fkey FOREIGN KEY (marker) REFERENCES remotes(marker);
