#!/usr/bin/env bash
# Trains and scores the rows of the Flickr8k tables of docs/results.md and docs/beyond.md.
#   scripts/reproduce_flickr8k.sh DATA [ROW ...]
#   SEED=1 scripts/reproduce_flickr8k.sh DATA boxes tuned self_critical    # another seed: its runs end in .seed1
# DATA holds captions_{train,val,test}.json and images/ (data/README.md tells how), and flickr30k_entities.zip for the rows from
# `boxes` on and for the scores of the attention.
# ROW is one of `known` below; by default all but the last two are made. `untaught` is `boxes` without its boxes. `tuned` goes on
# where `boxes` ended, `self_critical` where `tuned` did, and `consensus` scores `self_critical` again. `soup` trains
# `self_critical` twice more from the same start, and scores the mean of the three; `ensemble` scores three seeds of
# `self_critical` at once, which must be there: 0, 1 and 2.
# Weights are downloaded by name; to use local files, set EFFICIENTNET_B4 and RESNET50 to their paths.
set -euo pipefail
data=${1:?usage: scripts/reproduce_flickr8k.sh DATA [ROW ...]}
shift
known=(lstm gru rnn global resnet50 untaught boxes tuned self_critical consensus soup ensemble)
source "$(dirname "${BASH_SOURCE[0]}")/rows.sh"
choose_rows 10 "$@"
entities=$data/flickr30k_entities.zip
efficientnet=(--model.network.encoder.weights "${EFFICIENTNET_B4:-default}")

folder() { # ROW [SEED]
  run_folder "flickr8k_$1" "${@:2}"
}

train() { # FOLDER RECIPE [OPTION ...]
  captioner fit --config "configs/$2.yaml" --run "$1" --seed_everything "$seed" \
    --data.train "$data/captions_train.json" --data.val "$data/captions_val.json" "${@:3}"
}

further() { # FOLDER ROW START [OPTION ...]: a phase behind another one
  train "$1" "flickr8k_$2" --model.start_from "$(folder "$3")/bundle" --data.boxes "$entities" "${@:4}"
}

score() { # ROW FOLDER [OPTION ...]
  captioner evaluate --model "$2/bundle" "$data/captions_test.json" --beam 5 "${@:3}" \
    --out "$2/evaluation_$1" --record "$2/$1.json"
}

for row in "${rows[@]}"; do
  run=$(folder "$row") search=() looks=()
  [ ! -e "$entities" ] || looks=(--attention --entities "$entities" --deletion 0)
  case $row in
    lstm) train "$run" flickr8k "${efficientnet[@]}" ;;
    gru | rnn) train "$run" flickr8k "${efficientnet[@]}" --model.network.core.cell "$row" ;;
    global)
      train "$run" flickr8k "${efficientnet[@]}" --model.network.encoder.mode global --model.network.core.attention none
      looks=()
      ;;
    resnet50)
      train "$run" flickr8k --model.network.encoder.name resnet50 --model.network.encoder.weights "${RESNET50:-default}" \
        --data.image.size 224
      ;;
    untaught) train "$run" flickr8k_boxes "${efficientnet[@]}" --data.boxes null --model.looking 0 ;;
    boxes) train "$run" flickr8k_boxes "${efficientnet[@]}" --data.boxes "$entities" ;;
    tuned) further "$run" tuned boxes ;;
    self_critical) further "$run" self_critical tuned ;;
    consensus) run=$(folder self_critical) search=(--consensus 30 --temperature 0.6 --seed 0) ;;
    soup)
      for other in 1 2; do
        further "$run.$other" self_critical tuned --seed_everything $((seed + other))
      done
      captioner soup "$(folder self_critical)/bundle" "$run.1/bundle" "$run.2/bundle" --out "$run/bundle"
      ;;
    ensemble)
      run=$(folder self_critical 0) looks=()
      search=(--with "$(folder self_critical 1)/bundle" "$(folder self_critical 2)/bundle")
      ;;
  esac
  score "$row" "$run" "${search[@]}" "${looks[@]}"
done
