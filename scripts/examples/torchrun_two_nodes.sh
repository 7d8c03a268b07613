#!/usr/bin/env bash
# Trains on two machines that see the same disk. On each of them, at about the same time:
#   scripts/examples/torchrun_two_nodes.sh HOST --config configs/flickr8k.yaml --run runs/two ...
# HOST is the name or address of one of the two, the same on both; GPUS is how many each has (1). What follows goes to
# `captioner fit`. Where one process ends, all end, and the same command with --resume goes on.
set -euo pipefail
host=${1:?usage: scripts/examples/torchrun_two_nodes.sh HOST [SETTINGS OF captioner fit ...]}
shift
exec torchrun --nnodes 2 --nproc-per-node "${GPUS:-1}" --max-restarts 0 \
  --rdzv-id captioner --rdzv-backend c10d --rdzv-endpoint "$host:${PORT:-29400}" \
  -m -- captioner.cli.main fit "$@" --trainer.num_nodes 2 --trainer.devices "${GPUS:-1}" --trainer.strategy ddp
