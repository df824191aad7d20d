#!/bin/sh
# A stand-in for the program: it does of the contract what the tests of TestServer ask.
case $1 in
serve)
    trap 'echo "draining" >&2; exit 0' TERM
    mkdir -p "$TOCSIN_DATA_DIR"
    echo "start" >>"$TOCSIN_DATA_DIR/starts"
    echo "2026-11-21T03:00:00Z $TOCSIN_SAY" >&2
    [ "$TOCSIN_SAY" = nothing ] || echo "Tocsin listens on http://127.0.0.1:43210/"
    [ "$TOCSIN_SAY" = nothing ] || while :; do sleep 0.01; done ;;
setup)
    printf '{"url": "u", "organization": "acme", "project": "shop", "project_id": 1, "dsn": "d", '
    printf '"public_key": "k", "email": "e", "auth_token": "%s"}' "$*" ;;
*) echo "no such command" >&2; exit 1 ;;
esac
