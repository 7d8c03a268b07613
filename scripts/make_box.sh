#!/usr/bin/env bash
# Makes the model in the box from public data: trains it in three phases, exports it in 8 bits, calibrates, scores, describes it.
#   scripts/make_box.sh DATA
# DATA holds Flickr8k's captions_{train,val,test}.json and images/ (data/README.md tells how).
#   BOXES=FILE   boxes of the captions' phrases (DATA/flickr30k_entities.zip)
#   QUESTIONS=1  answers too, of questions made from the captions (pip install 'captioner[questions]'), with
#                configs/box_questions.yaml
#   MSRVTT=FILE  train_val_videodatainfo.json of MSR-VTT, with frames/ beside it, from which is learned too
#   FIRST=…      further options of `captioner fit --config configs/box.yaml`, SECOND=… of configs/box_tuned.yaml, THIRD=… of
#                configs/box_score.yaml
#   WORK=FOLDER  for all that is made (runs/box)         BITS=8|16    of a weight (8)
#   BOX=FOLDER   the box (captioner/box/model)           LIMITS=FILE  Markdown about what it is bad at, for its card
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?usage: scripts/make_box.sh DATA}
work=${WORK:-runs/box} box=${BOX:-captioner/box/model}
train=$data/captions_train.json images=$data/images
mkdir -p "$work"

if [ -n "${MSRVTT:-}" ]; then
  python scripts/box_captions.py "$train" "$MSRVTT" --out "$work/data"
  train=$work/data/captions_train.json images=$work/data/images
fi
recipes=() options=(--data.train "$train" --data.val "$data/captions_val.json")
options+=(--data.boxes "${BOXES:-$data/flickr30k_entities.zip}")
if [ -n "${QUESTIONS:-}" ]; then
  recipes=(--config configs/box_questions.yaml)
  for split in train val test; do
    captions=$data/captions_$split.json
    [ "$split" != train ] || captions=$train
    captioner data questions "$captions" --out "$work/questions_$split.jsonl"
  done
  options+=(--data.questions.images "$images" "--data.questions.train.file=$work/questions_train.jsonl"
    "--data.questions.val.file=$work/questions_val.jsonl")
fi

train() { # RECIPE RUN OPTION ...
  captioner fit --config "configs/$1.yaml" "${recipes[@]}" --run "$work/$2" "${options[@]}" "${@:3}"
}
# shellcheck disable=SC2086 # the options are words
train box first ${FIRST:-}
# shellcheck disable=SC2086
train box_tuned second --model.start_from "$work/first/bundle" ${SECOND:-}
# shellcheck disable=SC2086
train box_score third --model.start_from "$work/second/bundle" ${THIRD:-}

rm -rf "$work/model"
captioner export "$work/third/bundle" "$work/model" --bits "${BITS:-8}"
asked=(--images "$data/images" --model "$work/model")
captioner calibrate "$data/captions_val.json" --model "$work/model" --beam 5 --out "$work/doubt_captions.png"
[ -z "${QUESTIONS:-}" ] || captioner calibrate "$work/questions_val.jsonl" "${asked[@]}" --out "$work/doubt_answers.png"
for split in val test; do
  captioner evaluate "$data/captions_$split.json" --model "$work/model" --beam 5 --out "$work/captions_$split"
  [ -z "${QUESTIONS:-}" ] || captioner evaluate "$work/questions_$split.jsonl" "${asked[@]}" --out "$work/answers_$split"
done
python scripts/box_card.py "$work" ${LIMITS:+--limits "$LIMITS"}

rm -rf "$box"
cp -r "$work/model" "$box"
captioner about --model "$box"
