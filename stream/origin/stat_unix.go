package origin

import "syscall"

// unixStat is what os.FileInfo.Sys holds on Unix.
type unixStat = syscall.Stat_t
