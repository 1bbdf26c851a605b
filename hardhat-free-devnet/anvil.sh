#!/usr/bin/env bash
# One anvil node on loopback. PORT, CHAIN_ID and STATE (a file that survives a restart) may be set.
set -euo pipefail
cd "$(dirname "$0")/.."
exec contracts/node_modules/.bin/anvil \
  --host 127.0.0.1 --port "${PORT:-8545}" --chain-id "${CHAIN_ID:-20261}" \
  --hardfork london --gas-price 0 --block-base-fee-per-gas 0 \
  ${STATE:+--state "$STATE"} --quiet
