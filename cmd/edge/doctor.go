package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/sys/unix"

	"segue/edge"
	"segue/internal/conf"
)

type doctorCmd struct{ configFlags }

// finding is one thing looked at. level is ok, warn or FAIL.
type finding struct{ level, what, text string }

func (c *doctorCmd) Run(*kong.Application) error {
	var all []finding
	add := func(level, what, format string, args ...any) {
		all = append(all, finding{level, what, fmt.Sprintf(format, args...)})
	}
	load, err := c.loader()
	if err != nil {
		return err
	}
	cfg, err := load()
	if err == nil {
		err = edge.Check(cfg)
	}
	if err != nil {
		add("FAIL", "configuration", "%s", strings.ReplaceAll(err.Error(), "\n", "\n"+strings.Repeat(" ", 21)))
	} else {
		add("ok", "configuration", "reads well")
		checkFolder(add, &cfg)
		checkPorts(add, &cfg)
		checkCertificate(add, &cfg)
	}
	checkLimits(add, &cfg)
	checkClock(add)
	failed := false
	for _, f := range all {
		fmt.Printf("%-4s  %-13s  %s\n", f.level, f.what, f.text)
		failed = failed || f.level == "FAIL"
	}
	if failed {
		return errors.New("the edge would not start, or not serve")
	}
	return nil
}

type adder func(level, what, format string, args ...any)

func checkLimits(add adder, cfg *edge.Config) {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		add("warn", "open files", "cannot read the limit: %v", err)
	} else if need := uint64(cfg.Files.Open) + 4096; r.Cur < need {
		add("warn", "open files", "limit is %d; %d files and 4096 clients want %d or more (ulimit -n, LimitNOFILE=)", r.Cur, cfg.Files.Open, need)
	} else {
		add("ok", "open files", "limit is %d", r.Cur)
	}
	if n, err := readNumber("/proc/sys/net/core/somaxconn"); err == nil && n < 1024 {
		add("warn", "backlog", "net.core.somaxconn is %d; bursts of clients want 4096", n)
	} else if err == nil {
		add("ok", "backlog", "net.core.somaxconn is %d", n)
	}
	if _, top, err := readRange("/proc/sys/net/ipv4/tcp_wmem"); err == nil && top < 1<<20 {
		add("warn", "send buffers", "net.ipv4.tcp_wmem allows %d bytes; far listeners of large files want 4 MB", top)
	}
}

// The clock decides about every token.
func checkClock(add adder) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	now := time.Now()
	switch {
	case now.Year() < 2025:
		add("FAIL", "clock", "says %s; no token would hold", now.UTC().Format(time.RFC3339))
	case err != nil:
		add("warn", "clock", "cannot tell whether it is kept in step: %v", err)
	case state == unix.TIME_ERROR || t.Status&unix.STA_UNSYNC != 0:
		add("warn", "clock", "says %s, and nothing keeps it in step; run an NTP client, or allow access.clock_skew", now.UTC().Format(time.RFC3339))
	default:
		add("ok", "clock", "kept in step, within %d ms", t.Maxerror/1000)
	}
}

func checkFolder(add adder, cfg *edge.Config) {
	f, err := os.Open(cfg.Root)
	if err == nil {
		_, err = f.ReadDir(1)
		_ = f.Close()
	}
	if err != nil && err.Error() != "EOF" {
		add("FAIL", "root", "%s cannot be listed: %v", cfg.Root, err)
	} else {
		add("ok", "root", "%s can be read", cfg.Root)
	}
	if cfg.CacheDir == "" {
		return
	}
	probe, err := os.CreateTemp(cfg.CacheDir, "doctor-*")
	if err != nil {
		add("FAIL", "cache_dir", "%s cannot be written: %v", cfg.CacheDir, err)
		return
	}
	_ = probe.Close()
	_ = os.Remove(probe.Name())
	var st unix.Statfs_t
	if err := unix.Statfs(cfg.CacheDir, &st); err == nil {
		free := int64(st.Bavail) * st.Bsize
		level := "ok"
		if free < 1<<30 {
			level = "warn"
		}
		add(level, "cache_dir", "%s has %s free", cfg.CacheDir, conf.Size(free>>20<<20))
	}
}

func checkPorts(add adder, cfg *edge.Config) {
	for _, a := range []struct{ key, addr string }{
		{"listen", cfg.Listen}, {"tls.listen", cfg.TLS.Listen}, {"admin", cfg.Admin},
	} {
		if a.addr == "" {
			continue
		}
		ln, err := net.Listen("tcp", a.addr)
		if err != nil {
			add("FAIL", a.key, "%s cannot be listened on: %v", a.addr, err)
			continue
		}
		_ = ln.Close()
		add("ok", a.key, "%s is free", a.addr)
	}
}

func checkCertificate(add adder, cfg *edge.Config) {
	if cfg.TLS.Listen == "" {
		return
	}
	pair, err := tls.LoadX509KeyPair(cfg.TLS.Cert, cfg.TLS.Key)
	if err != nil {
		add("FAIL", "certificate", "%v", err)
		return
	}
	cert, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		add("FAIL", "certificate", "%v", err)
		return
	}
	switch left := time.Until(cert.NotAfter); {
	case left < 0:
		add("FAIL", "certificate", "ended on %s", cert.NotAfter.Format(time.DateOnly))
	case left < 14*24*time.Hour:
		add("warn", "certificate", "ends on %s", cert.NotAfter.Format(time.DateOnly))
	default:
		add("ok", "certificate", "holds until %s", cert.NotAfter.Format(time.DateOnly))
	}
}

func readNumber(file string) (int, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(b)))
}

// readRange reads the first and the last number of a line.
func readRange(file string) (low, top int, err error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0, 0, err
	}
	f := strings.Fields(string(b))
	if len(f) == 0 {
		return 0, 0, errors.New("empty")
	}
	if low, err = strconv.Atoi(f[0]); err != nil {
		return 0, 0, err
	}
	top, err = strconv.Atoi(f[len(f)-1])
	return low, top, err
}
