BEGIN TRANSACTION;
CREATE TABLE assignments (
	document TEXT NOT NULL, 
	data TEXT NOT NULL, 
	PRIMARY KEY (document), 
	FOREIGN KEY(document) REFERENCES documents (id)
);
INSERT INTO "assignments" VALUES('8adc5a0175c8fbd9','{"annotators":["anna","bela"],"document":"8adc5a0175c8fbd9"}');
CREATE TABLE comments (
	marker TEXT NOT NULL, 
	document TEXT NOT NULL, 
	data TEXT NOT NULL, 
	PRIMARY KEY (marker, document), 
	FOREIGN KEY(marker) REFERENCES remotes (marker), 
	FOREIGN KEY(document) REFERENCES documents (id)
);
INSERT INTO "comments" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','8adc5a0175c8fbd9','[{"at":"2026-01-01T00:00:00Z","by":"anna","text":"Sûr ?"}]');
CREATE TABLE conflicts (
	document TEXT NOT NULL, 
	sync TEXT NOT NULL, 
	data TEXT NOT NULL, 
	PRIMARY KEY (document), 
	FOREIGN KEY(document) REFERENCES documents (id)
);
CREATE TABLE documents (
	id TEXT NOT NULL, 
	data TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "documents" VALUES('8adc5a0175c8fbd9','{"id":"8adc5a0175c8fbd9","lang":"fr","text":"Kiev et Paris."}');
CREATE TABLE info (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "info" VALUES('format','2');
INSERT INTO "info" VALUES('annotations','{"gold/8a.jsonl":"1-1"}');
CREATE TABLE journal (
	id INTEGER NOT NULL, 
	sync TEXT NOT NULL, 
	step TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	started TEXT NOT NULL, 
	finished TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "journal" VALUES(1,'s1','push','','2026-01-01T00:00:00Z','2026-01-01T00:00:01Z');
CREATE TABLE layers (
	document TEXT NOT NULL, 
	layer TEXT NOT NULL, 
	content TEXT DEFAULT '' NOT NULL, 
	data TEXT NOT NULL, 
	PRIMARY KEY (document, layer), 
	FOREIGN KEY(document) REFERENCES documents (id)
);
INSERT INTO "layers" VALUES('8adc5a0175c8fbd9','proposal','4bc18c8146c415c229721c4f4b690c7e','{"document":"8adc5a0175c8fbd9","layer":"proposal","spans":[{"by":"model:m@1","end":4,"label":"LOC","score":0.5,"start":0},{"by":"model:m@1","end":13,"label":"LOC","start":8}]}');
INSERT INTO "layers" VALUES('8adc5a0175c8fbd9','annotator:bela','4bc18c8146c415c229721c4f4b690c7e','{"document":"8adc5a0175c8fbd9","layer":"annotator:bela","spans":[{"by":"model:m@1","end":4,"label":"LOC","score":0.5,"start":0},{"by":"model:m@1","end":13,"label":"LOC","start":8}]}');
INSERT INTO "layers" VALUES('8adc5a0175c8fbd9','annotator:Anna','4bc18c8146c415c229721c4f4b690c7e','{"document":"8adc5a0175c8fbd9","layer":"annotator:Anna","spans":[{"by":"model:m@1","end":4,"label":"LOC","score":0.5,"start":0},{"by":"model:m@1","end":13,"label":"LOC","start":8}]}');
CREATE TABLE releases (
	version TEXT NOT NULL, 
	created TEXT NOT NULL, 
	data TEXT NOT NULL, 
	PRIMARY KEY (version)
);
CREATE TABLE remotes (
	marker TEXT NOT NULL, 
	url TEXT NOT NULL, 
	name TEXT NOT NULL, 
	project INTEGER, 
	PRIMARY KEY (marker)
);
INSERT INTO "remotes" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','http://127.0.0.1:8765','news',1);
CREATE TABLE revisions (
	document TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	at TEXT NOT NULL, 
	content TEXT NOT NULL, 
	data TEXT NOT NULL, 
	PRIMARY KEY (document, number), 
	FOREIGN KEY(document) REFERENCES documents (id)
);
INSERT INTO "revisions" VALUES('8adc5a0175c8fbd9',1,'2026-01-01T00:00:00Z','7757cb20025c5ae74e0d558e7eff2c8f','{"at":"2026-01-01T00:00:00Z","author":"annotator:anna","document":"8adc5a0175c8fbd9","number":1,"reason":"pulled","schema":"news-fr@1.0.0","spans":[{"by":"model:m@1","end":4,"label":"LOC","score":0.5,"start":0}]}');
CREATE TABLE tracked (
	marker TEXT NOT NULL, 
	document TEXT NOT NULL, 
	example INTEGER, 
	confirmed BOOLEAN NOT NULL, 
	content TEXT NOT NULL, 
	base TEXT NOT NULL, 
	PRIMARY KEY (marker, document), 
	FOREIGN KEY(marker) REFERENCES remotes (marker), 
	FOREIGN KEY(document) REFERENCES documents (id)
);
INSERT INTO "tracked" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','8adc5a0175c8fbd9',7,0,'4bc18c8146c415c229721c4f4b690c7e','{"document":"8adc5a0175c8fbd9","layer":"proposal","spans":[{"by":"model:m@1","end":4,"label":"LOC","score":0.5,"start":0},{"by":"model:m@1","end":13,"label":"LOC","start":8}]}');
COMMIT;
