#!/usr/bin/env bash
# Trains and scores the rows of the Flickr8k table of docs/results.md.
#   scripts/reproduce_flickr8k.sh DATA [ROW ...]
# DATA holds captions_{train,val,test}.json and images/ (data/README.md tells how), and flickr30k_entities.zip for the rows from
# `boxes` on and for the scores of the attention. Rows: lstm gru rnn global resnet50 boxes tuned self_critical consensus; by default all.
# `tuned` goes on where `boxes` ended, `self_critical` where `tuned` did, and `consensus` scores `self_critical` again.
# Weights are downloaded by name; to use local files, set EFFICIENTNET_B4 and RESNET50 to their paths.
set -euo pipefail
data=${1:?usage: scripts/reproduce_flickr8k.sh DATA [ROW ...]}
shift
rows=("$@")
[ $# -gt 0 ] || rows=(lstm gru rnn global resnet50 boxes tuned self_critical consensus)
efficientnet=${EFFICIENTNET_B4:-default}
resnet=${RESNET50:-default}
entities=$data/flickr30k_entities.zip

for row in "${rows[@]}"; do
  recipe=flickr8k run=$row search=()
  network=(--model.network.encoder.weights "$efficientnet")
  case $row in
    lstm) ;;
    boxes) recipe=flickr8k_boxes network+=(--data.boxes "$entities") ;;
    gru | rnn) network+=(--model.network.core.cell "$row") ;;
    global) network+=(--model.network.encoder.mode global --model.network.core.attention none) ;;
    resnet50) network=(--model.network.encoder.name resnet50 --model.network.encoder.weights "$resnet"
      --data.image.size 224) ;;
    tuned) recipe=flickr8k_tuned network=(--model.start_from runs/flickr8k_boxes/bundle --data.boxes "$entities") ;;
    self_critical) recipe=flickr8k_self_critical network=(--model.start_from runs/flickr8k_tuned/bundle --data.boxes "$entities") ;;
    consensus) run=self_critical search=(--consensus 30 --temperature 0.6 --seed 0) ;;
    *) echo "unknown row $row: choose lstm, gru, rnn, global, resnet50, boxes, tuned, self_critical or consensus" >&2 && exit 2 ;;
  esac
  [ "$row" = consensus ] || captioner fit --config "configs/$recipe.yaml" --run "runs/flickr8k_$run" \
    --data.train "$data/captions_train.json" --data.val "$data/captions_val.json" "${network[@]}"
  attention=()
  [ ! -e "$entities" ] || attention=(--attention --entities "$entities" --deletion 0)
  captioner evaluate --model "runs/flickr8k_$run/bundle" "$data/captions_test.json" --beam 5 "${search[@]}" "${attention[@]}" \
    --out "runs/flickr8k_$run/evaluation_$row" --record "runs/flickr8k_$run/$row.json"
done
