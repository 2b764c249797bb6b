"""Whole corpora: trees of texts and files of records, in parallel, in pieces that outlive a crash.

`plan` says what is to be done, `run` does it: a source (`tree`, `corpus`) cuts its documents into chunks, an
engine (`local`) has them worked on in order, and the source writes what comes back, each file whole or not at
all.  `state` remembers what is complete, so that the same command goes on where it was stopped.
"""
