#!/usr/bin/env bash
# Trains and scores the rows of the DAQUAR table of docs/results.md.
#   scripts/reproduce_daquar.sh DATA [ROW ...]
# DATA holds all_qa_pairs.txt, train_images_list.txt, test_images_list.txt and images/ (data/README.md tells how).
# Rows: daquar (the recipe), blind (the same questions about grey photos: what the words alone tell), held_out (without an
# eighth of the train photos, which choose the settings), and captioner (the recipe on top of the bundle that CAPTIONER
# names); the first two by default. Weights are downloaded by name; to use a local file, set EFFICIENTNET_B4 to its path.
# WUPS needs WordNet (docs/answers.md).
set -euo pipefail
data=${1:?usage: scripts/reproduce_daquar.sh DATA [ROW ...]}
shift
rows=("$@")
[ $# -gt 0 ] || rows=(daquar blind)

# Photos with neighbouring numbers are of one place, so whole runs of numbers are held out, every eighth.
lists=runs/daquar_lists
mkdir -p "$lists"
: >"$lists/train.txt" >"$lists/val.txt"
awk -v lists="$lists" '{
  number = substr($1, 6); run += number != last + 1; last = number
  print > (lists (run % 8 ? "/train.txt" : "/val.txt"))
}' "$data/train_images_list.txt"

for row in "${rows[@]}"; do
  images=$data/images
  train=$data/train_images_list.txt
  options=(--model.network.encoder.weights "${EFFICIENTNET_B4:-default}")
  case $row in
    daquar) ;;
    held_out) train=$lists/train.txt ;;
    blind)
      images=runs/daquar_grey
      python -c "import sys; from pathlib import Path; from PIL import Image
target = Path(sys.argv[2]); target.mkdir(parents=True, exist_ok=True)
for photo in Path(sys.argv[1]).glob('*.jpg'): Image.new('RGB', (64, 48), 'grey').save(target / photo.name)" \
        "$data/images" "$images"
      options+=(--data.image.size 33 --model.network.core.attention none --model.network.core.components false
        --model.network.answers.glimpses 0)
      ;;
    captioner) options+=(--model.start_from "${CAPTIONER:?set CAPTIONER to the folder of a bundle}") ;;
    *) echo "unknown row $row: choose daquar, blind, held_out or captioner" >&2 && exit 2 ;;
  esac
  for split in train val; do
    options+=("--data.questions.$split.file" "$data/all_qa_pairs.txt")
  done
  options+=(--data.questions.train.image_names "$train" --data.questions.val.image_names "$lists/val.txt")
  captioner fit --config configs/daquar.yaml --run "runs/daquar_$row" --data.questions.images "$images" "${options[@]}"
  for shuffled in "" "--shuffle-photos 1"; do
    # shellcheck disable=SC2086
    captioner evaluate --model "runs/daquar_$row/bundle" "$data/all_qa_pairs.txt" --image-names "$data/test_images_list.txt" \
      --images "$images" --wups --out "runs/daquar_$row/evaluation${shuffled:+_shuffled}" $shuffled
  done
done
