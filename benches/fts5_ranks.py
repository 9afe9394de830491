"""SQLite's FTS5 as a yardstick of quality: prints, for each question, the numbers of the hundred best sections by BM25.

One row a section, porter stems, the words of a question joined by OR without stop words, the title five times as heavy.

Usage: fts5_ranks.py sections.jsonl questions.json
"""

import json
import re
import sqlite3
import sys

STOP = frozenset(
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to "
    "was will with".split()
)

database = sqlite3.connect(":memory:")
database.execute("create virtual table sections using fts5(title, body, tokenize = 'porter unicode61')")
with open(sys.argv[1], encoding="utf-8") as lines:
    rows = [json.loads(line) for line in lines]
database.executemany(
    "insert into sections(rowid, title, body) values (?, ?, ?)",
    ((at + 1, row["title"], " ".join([*row["path"], row["text"]])) for at, row in enumerate(rows)),
)

ranks = []
with open(sys.argv[2], encoding="utf-8") as file:
    for question in json.load(file):
        words = [word for word in re.findall(r"\w+", question.lower()) if word not in STOP] or re.findall(r"\w+", question)
        query = " OR ".join(f'"{word}"' for word in dict.fromkeys(words))
        found = database.execute(
            "select rowid from sections where sections match ? order by bm25(sections, 5.0, 1.0) limit 100", (query,)
        )
        ranks.append([row - 1 for (row,) in found.fetchall()] if query else [])
json.dump(ranks, sys.stdout)
