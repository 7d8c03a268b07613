#!/usr/bin/env bash
# Trains and scores the rows of the README's DAQUAR table.
#   scripts/reproduce_daquar.sh DATA [ROW ...]
# DATA holds all_qa_pairs.txt, train_images_list.txt, test_images_list.txt and images/ (data/README.md tells how).
# Rows: daquar (the recipe), blind (the same questions about grey photos: what the words alone tell), and captioner (the
# recipe on top of the bundle that CAPTIONER names); the first two by default. The last photos of the train list choose
# the best epoch. Weights are downloaded by name; to use a local file, set EFFICIENTNET_B4 to its path. WUPS needs
# WordNet (docs/answers.md).
set -euo pipefail
data=${1:?usage: scripts/reproduce_daquar.sh DATA [ROW ...]}
shift
rows=("$@")
[ $# -gt 0 ] || rows=(daquar blind)
held_out=95 # photos

lists=runs/daquar_lists
mkdir -p "$lists"
head -n -"$held_out" "$data/train_images_list.txt" >"$lists/train.txt"
tail -n "$held_out" "$data/train_images_list.txt" >"$lists/val.txt"

for row in "${rows[@]}"; do
  images=$data/images
  options=(--model.network.encoder.weights "${EFFICIENTNET_B4:-default}")
  case $row in
    daquar) ;;
    blind)
      images=runs/daquar_grey
      python -c "import sys; from pathlib import Path; from PIL import Image
target = Path(sys.argv[2]); target.mkdir(parents=True, exist_ok=True)
for photo in Path(sys.argv[1]).glob('*.jpg'): Image.new('RGB', (64, 48), 'grey').save(target / photo.name)" \
        "$data/images" "$images"
      ;;
    captioner) options+=(--model.start_from "${CAPTIONER:?set CAPTIONER to the folder of a bundle}") ;;
    *) echo "unknown row $row: choose daquar, blind or captioner" >&2 && exit 2 ;;
  esac
  for split in train val; do
    options+=("--data.questions.$split.file" "$data/all_qa_pairs.txt")
    options+=("--data.questions.$split.image_names" "$lists/$split.txt")
  done
  captioner fit --config configs/daquar.yaml --run "runs/daquar_$row" --data.questions.images "$images" "${options[@]}"
  for shuffled in "" "--shuffle-photos 1"; do
    # shellcheck disable=SC2086
    captioner evaluate "runs/daquar_$row/bundle" "$data/all_qa_pairs.txt" --image-names "$data/test_images_list.txt" \
      --images "$images" --wups --out "runs/daquar_$row/evaluation${shuffled:+_shuffled}" $shuffled
  done
done
