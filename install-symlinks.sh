#!/bin/sh
# Makes a symlink for each applet, as the binary itself lists them.
set -eu

usage() {
  cat <<'END'
Usage: install-symlinks.sh [--dest DIR] [--prefix dvm_|none] BINARY

  --dest DIR      where the symlinks go (default: the binary's directory)
  --prefix dvm_   names as dvm_discover (the default); none: plain names
  BINARY          the executable dvm; the symlinks point to it

The umbrella is always called dvm. A file that is there and is no symlink is left alone, and refused.
END
}

fail() {
  echo "install-symlinks.sh: $1" >&2
  exit 2
}

dest=
prefix=dvm_
binary=
while [ $# -gt 0 ]; do
  case $1 in
    --dest | --prefix)
      [ $# -ge 2 ] || fail "$1 needs a value"
      if [ "$1" = --dest ]; then dest=$2; else prefix=$2; fi
      [ -n "$2" ] || fail "$1 needs a value"
      shift
      ;;
    --dest=*) dest=${1#*=} ;;
    --prefix=*) prefix=${1#*=} ;;
    -h | --help)
      usage
      exit 0
      ;;
    -*) fail "unknown option $1" ;;
    *)
      [ -z "$binary" ] || fail "\"$1\" is one argument too many"
      binary=$1
      ;;
  esac
  shift
done

[ -n "$binary" ] || fail "BINARY is missing (see --help)"
case $prefix in
  dvm_) ;;
  none) prefix= ;;
  *) fail "--prefix is dvm_ or none, not \"$prefix\"" ;;
esac
[ -f "$binary" ] && [ -x "$binary" ] || fail "$binary: no executable file"
directory=$(cd -P -- "$(dirname -- "$binary")" && pwd)
target=$directory/$(basename -- "$binary")
applets=$("$target" --list) || fail "$binary: does not list its applets; is it dvm?"
case "
$applets
" in
  *"
dvm
"*) ;;
  *) fail "$binary: does not list its applets; is it dvm?" ;;
esac
dest=${dest:-$directory}
mkdir -p -- "$dest"
dest=$(cd -P -- "$dest" && pwd)

# All names are looked at before the first is made.
for name in $applets; do
  [ "$name" = dvm ] || name=$prefix$name
  link=$dest/$name
  [ "$link" = "$target" ] && continue
  if [ -e "$link" ] && [ ! -L "$link" ]; then fail "$link: is there and is no symlink"; fi
done
for name in $applets; do
  [ "$name" = dvm ] || name=$prefix$name
  link=$dest/$name
  [ "$link" = "$target" ] && continue
  ln -sfn -- "$target" "$link"
  echo "$link"
done
