#!/usr/bin/env bash
# Trains and scores the rows of the README's Flickr8k table.
#   scripts/reproduce_flickr8k.sh DATA [ROW ...]
# DATA holds captions_{train,val,test}.json and images/ (data/README.md tells how). Rows: lstm gru rnn global resnet50 mirrored long;
# all by default; `long` goes on where `mirrored` ended. Weights are downloaded by name; to use local files, set EFFICIENTNET_B4 and RESNET50 to their paths.
set -euo pipefail
data=${1:?usage: scripts/reproduce_flickr8k.sh DATA [ROW ...]}
shift
rows=("$@")
[ $# -gt 0 ] || rows=(lstm gru rnn global resnet50 mirrored long)
efficientnet=${EFFICIENTNET_B4:-default}
resnet=${RESNET50:-default}

for row in "${rows[@]}"; do
  network=(--model.network.encoder.weights "$efficientnet")
  case $row in
    lstm) ;;
    gru | rnn) network+=(--model.network.core.cell "$row") ;;
    global) network+=(--model.network.encoder.mode global --model.network.core.attention none) ;;
    resnet50) network=(--model.network.encoder.name resnet50 --model.network.encoder.weights "$resnet"
      --data.image.size 224) ;;
    mirrored) network+=(--data.mirror true) ;;
    long)
      network+=(--data.mirror true --model.start_from runs/flickr8k_mirrored/bundle --model.learning_rate 4.0e-4
        --model.network.dropout 0.5 --average 0.997 --trainer.max_epochs 6)
      ;;
    *) echo "unknown row $row: choose lstm, gru, rnn, global, resnet50, mirrored or long" >&2 && exit 2 ;;
  esac
  captioner fit --config configs/flickr8k.yaml --run "runs/flickr8k_$row" \
    --data.train "$data/captions_train.json" --data.val "$data/captions_val.json" "${network[@]}"
  captioner evaluate "runs/flickr8k_$row/bundle" "$data/captions_test.json" \
    --beam 5 --out "runs/flickr8k_$row/evaluation"
done
