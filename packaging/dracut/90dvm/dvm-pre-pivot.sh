#!/bin/sh
# dracut: whatever of dvm still runs holds a lock, and ends before the root file system becomes the root.
for lock in /run/dvm/lock/*; do
    [ -f "$lock" ] || continue
    if command -v flock > /dev/null; then flock -w 30 9 9< "$lock"; fi
done
# Has the image unpacked again at shutdown, so that the root file system's own LV can be taken down.
need_shutdown
