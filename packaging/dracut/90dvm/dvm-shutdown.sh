#!/bin/sh
# dracut, at shutdown: the old root file system is unmounted, so its LV can go too.
dvm boot stop
