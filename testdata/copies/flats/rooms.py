"""Words about rooms in adverts as numbers."""

import re

PATTERN = re.compile(r"(\d+)[ -]?(room|bed)")


def rooms(text):
    text = text.lower()
    found = PATTERN.search(text)
    if found is None:
        return 0
    count = int(found.group(1))
    if count > 20:
        return 0
    return count


def words(texts):
    counts = {}
    for text in texts:
        for word in text.lower().split():
            counts[word] = counts.get(word, 0) + 1
    common = [word for word, count in counts.items() if count >= 50]
    common.sort()
    return common


def bag(text, common):
    present = set(text.lower().split())
    row = [1 if word in present else 0 for word in common]
    row.append(len(present))
    row.append(rooms(text))
    return row
