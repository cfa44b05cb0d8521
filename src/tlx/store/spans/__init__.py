"""Starts and ends of spans, joined as they arrive.

What counts is the order of the lines in a log, among the starts and ends with the same key:

- An end closes the oldest start that is open. Where the end tells no duration of its own, it gets the time since then,
  unless a time is missing or the end lies before the start; then its length stays unknown.
- An end that finds none waits for a start to come: for one that did not start later than it ended, within the next
  `WAITS` lines of the same source. One that started later ends the waiting. An end without a start keeps what it tells.
- A start without an end has the status `OPEN` until that comes, whenever it does.
- Of one key at most `MOST_OPEN` starts stand in line for ends; what starts beyond them stays open.
- An event without a key is never joined, and never open.
- Of spans in turn at most one of a key is open: the next event with the key ends it or cuts it off. Such a span stands
  at its start, no end waits for it, and what was cut off stays open.

So the length of a span is told once. Only what is not joined is looked at again: neither the size of a
step nor the order in which threads load the lines changes what comes of them.
"""
