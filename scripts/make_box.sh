#!/usr/bin/env bash
# Makes the model in the box from public data: trains it, exports it in 8 bits, calibrates, scores and describes it.
#   scripts/make_box.sh DATA [FIT OPTION ...]
# DATA holds captions_{train,val,test}.json and images/ (data/README.md tells how). Questions are made from the captions where
# WORK has none yet. Further options go to `captioner fit`, such as --data.boxes "$DATA/flickr30k_entities.zip" or
# --model.network.encoder.weights FILE.
#   MSRVTT=FILE  train_val_videodatainfo.json of MSR-VTT, whose frames are learned from too
#   WORK=FOLDER  of the trainings (runs/box)      BOX=FOLDER  where the model goes (captioner/box/model)
#   BITS=8|16    of a weight (8)                  LIMITS=FILE  Markdown about what it is bad at, for its card
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?usage: scripts/make_box.sh DATA [FIT OPTION ...]}
shift
work=${WORK:-runs/box} box=${BOX:-captioner/box/model} train=$data/captions_train.json
mkdir -p "$work"

images=$data/images
if [ -n "${MSRVTT:-}" ]; then
  train=$work/captions_train.json images=$work/images
  python scripts/box_captions.py "$data/captions_train.json" "$MSRVTT" --out "$work"
fi
options=(--data.train "$train" --data.val "$data/captions_val.json" --data.images "$images" --data.questions.images "$images")
for split in train val test; do
  captions=$data/captions_$split.json questions=$work/questions_$split.jsonl
  [ "$split" != train ] || captions=$train
  [ -e "$questions" ] || captioner data questions "$captions" --out "$questions"
  [ "$split" = test ] || options+=("--data.questions.$split.file=$questions")
done

captioner fit --config configs/box.yaml --run "$work/first" "${options[@]}" "$@"
captioner fit --config configs/box_score.yaml --run "$work/second" --model.start_from "$work/first/bundle" "${options[@]}" "$@"

rm -rf "$work/model"
captioner export "$work/second/bundle" "$work/model" --bits "${BITS:-8}"
captioner calibrate "$data/captions_val.json" --model "$work/model" --beam 5 --out "$work/doubt_captions.png"
captioner calibrate "$work/questions_val.jsonl" --images "$data/images" \
  --model "$work/model" --out "$work/doubt_answers.png"
for split in val test; do
  captioner evaluate "$data/captions_$split.json" --model "$work/model" --beam 5 --out "$work/captions_$split"
  captioner evaluate "$work/questions_$split.jsonl" --images "$data/images" \
    --model "$work/model" --out "$work/answers_$split"
done
python scripts/box_card.py "$work" ${LIMITS:+--limits "$LIMITS"}

rm -rf "$box"
cp -r "$work/model" "$box"
captioner about --model "$box"
