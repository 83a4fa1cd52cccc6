#!/bin/sh
# What a CI job runs: the policy has no mistake and passes its own tests; the log that the agents of this job left is whole.
#     check.sh POLICY [STATE-DIRECTORY]
set -eu
agentmesh policy check --strict "$1"
agentmesh policy test "$1"
if [ $# -gt 1 ]; then
  agentmesh audit verify --state-dir "$2"
fi
