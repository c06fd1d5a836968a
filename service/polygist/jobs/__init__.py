"""Batch jobs as a service: kept in a database, worked on by the server itself, with the output of `polygist.batch`.

What a job is and where it is in its life (records) is in the store; places that callers may name are within roots. A
run (work) reads the input (inputs), asks the server's own pipeline (engine), and writes (outputs, results). The keeper
is who is asked; it has shifts begin and end jobs in turn. docs/jobs.md tells it to users.
"""
