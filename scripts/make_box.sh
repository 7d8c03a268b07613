#!/usr/bin/env bash
# Makes the model in the box from public data: trains it, exports it in 8 bits, calibrates, scores and describes it.
#   scripts/make_box.sh DATA [FIT OPTION ...]
# DATA holds captions_{train,val,test}.json and images/ (data/README.md tells how). Where it has no questions_{train,val,test}.json
# with annotations_….json beside them, they are made from the captions. Further options go to `captioner fit`, such as
# --data.boxes "$DATA/flickr30k_entities.zip" or --model.network.encoder.weights FILE.
#   MSRVTT=FILE  train_val_videodatainfo.json of MSR-VTT, whose frames are learned from too
#   RECIPE=FILE  (configs/box.yaml)      WORK=FOLDER  of the training (runs/box)
#   BITS=8|16    of a weight (8)         LIMITS=FILE  Markdown about what it is bad at, for its card
#   BOX=FOLDER   where the model goes (captioner/box/model)
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?usage: scripts/make_box.sh DATA [FIT OPTION ...]}
shift
work=${WORK:-runs/box} box=${BOX:-captioner/box/model} train=$data/captions_train.json
mkdir -p "$work"

if [ -n "${MSRVTT:-}" ]; then
  train=$work/captions_train.json
  python scripts/box_captions.py "$data/captions_train.json" "$MSRVTT" --out "$train"
fi
options=(--data.train "$train" --data.val "$data/captions_val.json")
for split in train val test; do
  captions=$data/captions_$split.json folder=$data
  [ "$split" != train ] || captions=$train
  if [ ! -e "$data/questions_$split.json" ] || [ "$captions" != "$data/captions_$split.json" ]; then
    folder=$work
    captioner data questions "$captions" --out "$work/questions_$split.json"
  fi
  declare "questions_$split=$folder/questions_$split.json"
  [ "$split" = test ] || options+=(
    "--data.questions.$split.file=$folder/questions_$split.json"
    "--data.questions.$split.annotations=$folder/annotations_$split.json"
    "--data.questions.$split.image_names=$captions")
done

captioner fit --config "${RECIPE:-configs/box.yaml}" --run "$work" "${options[@]}" "$@"

rm -rf "$work/model"
captioner export "$work/bundle" "$work/model" --bits "${BITS:-8}"
captioner calibrate "$data/captions_val.json" --model "$work/model" --beam 5 --out "$work/doubt_captions.png"
captioner calibrate "$questions_val" --image-names "$data/captions_val.json" --images "$data/images" \
  --model "$work/model" --out "$work/doubt_answers.png"
for split in val test; do
  asked=questions_$split
  captioner evaluate "$data/captions_$split.json" --model "$work/model" --beam 5 --out "$work/captions_$split"
  captioner evaluate "${!asked}" --image-names "$data/captions_$split.json" --images "$data/images" \
    --model "$work/model" --out "$work/answers_$split"
done
python scripts/box_card.py "$work" ${LIMITS:+--limits "$LIMITS"}

rm -rf "$box"
cp -r "$work/model" "$box"
captioner about --model "$box"
