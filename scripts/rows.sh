# shellcheck shell=bash
# Which rows of a table a script shall make, and with which seed; sourced by reproduce_*.sh, which names its rows in `known`.
seed=${SEED:-0}

choose_rows() { # HOW_MANY_BY_DEFAULT [ROW ...]: puts them into `rows`; all are looked at before the first is trained
  rows=("${@:2}")
  [ ${#rows[@]} -gt 0 ] || rows=("${known[@]:0:$1}")
  local row
  for row in "${rows[@]}"; do
    if [[ " ${known[*]} " != *" $row "* ]]; then
      echo "unknown row $row: choose of ${known[*]}" >&2
      exit 2
    fi
  done
}

run_folder() { # NAME [SEED]: where a run with that seed lies
  local of=${2:-$seed}
  if [ "$of" = 0 ]; then echo "runs/$1"; else echo "runs/$1.seed$of"; fi
}
