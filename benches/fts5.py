"""SQLite's FTS5 as a yardstick: prints the processor milliseconds of a question's ten best by BM25.

Usage: fts5.py passages.jsonl questions.json
"""

import json
import re
import resource
import sqlite3
import sys


def used():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


database = sqlite3.connect(":memory:")
database.execute("create virtual table passages using fts5(title, body, tokenize = 'porter unicode61')")
with open(sys.argv[1], encoding="utf-8") as lines:
    rows = ((row["title"], row["text"]) for row in map(json.loads, lines))
    database.executemany("insert into passages values (?, ?)", rows)
database.execute("insert into passages(passages) values ('optimize')")
database.commit()

with open(sys.argv[2], encoding="utf-8") as file:
    questions = [" OR ".join(f'"{word}"' for word in re.findall(r"\w+", question)) for question in json.load(file)]
query = "select rowid, bm25(passages) as score from passages where passages match ? order by score limit 10"
for question in questions[:20]:
    database.execute(query, (question,)).fetchall()
before, asked = used(), 0
while used() - before < 2:
    for question in questions:
        database.execute(query, (question,)).fetchall()
        asked += 1
print((used() - before) * 1000 / asked)
