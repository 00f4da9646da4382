#!/bin/sh
# dracut: before it gives up, the grace time is over.
dvm boot scan --degraded
