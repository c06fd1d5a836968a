#!/bin/bash
# What training/gpu.sh needs, in pieces: training/inputs.sh BASE DATA HELD_OUT.json OUT [BYTES]
#
# BASE is the pruned base (the folder `base` of a run's state), DATA the shards of training.prepare for the mix that the
# config names, HELD_OUT.json triples to score on. BYTES of a piece are 60,000,000 where not given.
set -euo pipefail
base=${1:?folder of the base} data=${2:?folder of shards} triples=${3:?triples} out=${4:?folder for the pieces}
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
mkdir "$work/base" "$work/data"
cp "$base"/* "$work/base/"
cp "$data"/*.jsonl.gz "$work/data/"
cp "$triples" "$work/held-out.json"
PYTHONPATH=$PWD/service:$PWD ${PYTHON:-python3} -m training.pieces split "$work" "$out" --size "${5:-60000000}"
