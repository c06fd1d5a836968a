#!/bin/bash
# A full fine-tune on one GPU, in calls of at most ten minutes: training/gpu.sh MINUTES
#
# MINUTES of training in all, with the decay at their end. Call it again while it ends with status 75: it goes on where
# it was. Each call puts together what has come of the inputs, trains, and when the run is at its end factorises it,
# scores it, and cuts the outcome into pieces. Make the inputs with training/inputs.sh.
#
#   PIECES   folder of the pieces of the inputs      (build/training/pieces)
#   WORK     where it works                          (build/training/gpu)
#   RESULT   folder for the outcome                  (WORK/result)
#   CONFIG   the run                                 (training/configs/gpu.toml)
#   CALL     minutes of one call                     (9)
#   RESERVE  of them for what comes after training   (1.5)
#   SIZE     bytes of a piece of the outcome         (15000000)
set -euo pipefail
minutes=${1:?minutes of training}
pieces=${PIECES:-build/training/pieces} work=${WORK:-build/training/gpu} config=${CONFIG:-training/configs/gpu.toml}
result=${RESULT:-$work/result} call=${CALL:-9} reserve=${RESERVE:-1.5} size=${SIZE:-15000000}
python=${PYTHON:-python3} unfinished=75
export PYTHONPATH=$PWD/service:$PWD PYTHONUNBUFFERED=1 TOKENIZERS_PARALLELISM=true

left() { awk -v call="$call" -v gone=$SECONDS -v kept="$reserve" 'BEGIN { left = call - gone / 60 - kept; print (left > 0 ? left : 0) }'; }

[ -d "$work/inputs" ] || $python -m training.pieces join "$pieces" "$work/inputs"
mkdir -p "$work/state" "$result"
[ -e "$work/state/base" ] || ln -s ../inputs/base "$work/state/base"

if [ ! -f "$work/state/weights.safetensors" ]; then
    $python -m training.train "$config" --state "$work/state" --run-minutes "$minutes" --minutes "$(left)"
    cp "$work/state/curve.csv" "$result/"
    [ -f "$work/state/weights.safetensors" ] || exit $unfinished
    # What comes now may want a call of its own.
    awk -v left="$(left)" 'BEGIN { exit left > 0.5 ? 0 : 1 }' || exit $unfinished
fi
if [ ! -f "$work/adapter/adapter.safetensors" ]; then
    mkdir -p "$work/adapter"
    $python -m training.factorise --base "$work/inputs/base" --weights "$work/state/weights.safetensors" \
        --out "$work/adapter/part" > /dev/null
    mv "$work/adapter/part" "$work/adapter/adapter.safetensors"
fi
cp "$work/adapter/factorised.tsv" "$work/state/curve.csv" "$result/"
[ -d "$result/adapter" ] || $python -m training.pieces split "$work/adapter" "$result/adapter" --size "$size"
if [ -f "$work/inputs/held-out.json" ]; then
    $python -m training.evaluate "$work/inputs/held-out.json" --base "$work/inputs/base" \
        --weights "$work/state/weights.safetensors" "$work/adapter/adapter.safetensors" | tee "$result/loss.tsv"
fi
