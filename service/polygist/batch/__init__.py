"""Batch jobs: many articles in, their digests in files, each exactly once and in order, whenever the job was killed.

A job reads its input once (source), keeps the servers busy (window, servers), keeps every answer (spool), and writes
parts of the output (parts), which the checkpoint knows (journal). What else lies in the folder is made from these
(index). docs/batch.md tells it to users.
"""
