#!/usr/bin/env bash
# Trains and scores the rows of the DAQUAR table of docs/results.md.
#   scripts/reproduce_daquar.sh DATA [ROW ...]
#   SEED=1 scripts/reproduce_daquar.sh DATA daquar    # another seed: its runs end in .seed1
# DATA holds all_qa_pairs.txt, train_images_list.txt, test_images_list.txt and images/ (data/README.md tells how).
# ROW is one of `known` below, by default the first two: daquar (the recipe), blind (the same questions about grey photos: what the
# words alone tell), held_out (without an eighth of the train photos, which choose the settings), captioner (the recipe on top
# of the bundle that CAPTIONER names) and questions (the recipe on top of the same network, which first learns questions that were
# made from captions; FLICKR8K names the folder of their photos and of questions_{train,val}.jsonl, see docs/questions.md).
# Weights are downloaded by name; to use a local file, set EFFICIENTNET_B4 to its path. WUPS needs WordNet (docs/answers.md).
set -euo pipefail
data=${1:?usage: scripts/reproduce_daquar.sh DATA [ROW ...]}
shift
known=(daquar blind held_out captioner questions)
source "$(dirname "${BASH_SOURCE[0]}")/rows.sh"
choose_rows 2 "$@"

# Photos with neighbouring numbers are of one place, so whole runs of numbers are held out, every eighth.
lists=runs/daquar_lists
mkdir -p "$lists"
: >"$lists/train.txt" >"$lists/val.txt"
awk -v lists="$lists" '{
  number = substr($1, 6); run += number != last + 1; last = number
  print > (lists (run % 8 ? "/train.txt" : "/val.txt"))
}' "$data/train_images_list.txt"

learn() { # FOLDER [OPTION ...]: trains the recipe's network
  captioner fit --config configs/daquar.yaml --run "$1" --seed_everything "$seed" \
    --model.network.encoder.weights "${EFFICIENTNET_B4:-default}" "${@:2}"
}

for row in "${rows[@]}"; do
  run=$(run_folder "daquar_$row")
  images=$data/images
  train=$data/train_images_list.txt
  options=()
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
    questions)
      made=${FLICKR8K:?set FLICKR8K to the folder of the photos and their questions}
      options=(--data.questions.images "$made/images" --data.questions.batch_size 32 --data.min_count 5 --trainer.max_epochs 4
        --data.questions.targets vqa --data.questions.lists false --data.questions.mirror null
        --model.network.photo_dropout 0.1)
      for split in train val; do
        options+=("--data.questions.$split" "{file: $made/questions_$split.jsonl, image_names: null}")
      done
      learn "$run.made" "${options[@]}"
      options=(--model.start_from "$run.made/bundle")
      ;;
  esac
  for split in train val; do
    options+=("--data.questions.$split.file" "$data/all_qa_pairs.txt")
  done
  options+=(--data.questions.train.image_names "$train" --data.questions.val.image_names "$lists/val.txt")
  learn "$run" --data.questions.images "$images" "${options[@]}"
  for shuffled in "" "--shuffle-photos 1"; do
    # shellcheck disable=SC2086
    captioner evaluate --model "$run/bundle" "$data/all_qa_pairs.txt" --image-names "$data/test_images_list.txt" \
      --images "$images" --wups --out "$run/evaluation${shuffled:+_shuffled}" $shuffled
  done
done
