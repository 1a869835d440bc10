#!/bin/sh
exec /usr/lib/posdiag/bin/python3 /usr/lib/posdiag/start/posdiag "$@"
