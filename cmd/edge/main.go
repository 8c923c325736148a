// Command edge is the media edge alone: it serves a folder over range requests,
// with signed URLs, and holds the operator's tools for that.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"segue/cmd/internal/serve"
)

type cli struct {
	Serve       serveCmd       `cmd:"" default:"withargs" help:"Serve a folder (the default command)."`
	CheckConfig checkConfigCmd `cmd:"" help:"Read the configuration, print what is in effect with secrets hidden, and exit; status 1 and a line for each mistake if there are any."`
	Sign        signCmd        `cmd:"" help:"Print a signed URL."`
	Verify      verifyCmd      `cmd:"" help:"Say which part of a signed URL holds and which fails."`
	Inspect     inspectCmd     `cmd:"" help:"Say what a media file holds and how HLS is made of it."`
	Validate    validateCmd    `cmd:"" help:"Judge an HLS address, of any server, rule by rule; status 1 if it breaks one."`
	Doctor      doctorCmd      `cmd:"" help:"Look for what would hurt on this machine: limits, clock, disk, certificate."`
	Completion  completionCmd  `cmd:"" help:"Print a shell's completion script."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		serve.Fatal("edge", err)
	}
}

func run(args []string) error {
	var c cli
	parser, err := newParser(&c)
	if err != nil {
		return err
	}
	k, err := parser.Parse(args)
	if err != nil {
		return fmt.Errorf("%w\nRun edge --help for usage", err)
	}
	return k.Run(parser.Model)
}

func newParser(c *cli) (*kong.Kong, error) {
	return kong.New(c, kong.Name("edge"), kong.UsageOnError(),
		kong.Description("Segue's media edge: audio over range requests and signed URLs."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}))
}

type versionCmd struct{}

func (versionCmd) Run(*kong.Application) error {
	_, err := fmt.Println("edge", serve.Version)
	return err
}

// configFlags are the settings that have a flag of their own. Any other is set
// by --set.
type configFlags struct {
	Config       string   `help:"YAML file with settings; every key is in configs/edge.yaml." placeholder:"FILE" type:"path" env:"SEGUE_CONFIG"`
	Root         *string  `help:"Folder to serve, each file at its own path (default: the current folder)." placeholder:"DIR"`
	Listen       *string  `help:"Public address (default :8080)." placeholder:"HOST:PORT"`
	Admin        *string  `help:"Address of /metrics, /livez, /readyz and pprof (default: a free port of 127.0.0.1)." placeholder:"HOST:PORT"`
	TLSListen    *string  `name:"tls-listen" help:"Public address for TLS." placeholder:"HOST:PORT"`
	TLSCert      *string  `name:"tls-cert" help:"PEM file with the certificate chain." placeholder:"FILE"`
	TLSKey       *string  `name:"tls-key" help:"PEM file with the private key." placeholder:"FILE"`
	RequireToken *bool    `help:"Serve nothing without a valid signed URL; keys in SEGUE_SIGNING_KEYS=id:secret,…"`
	CacheDir     *string  `help:"Folder for what is computed from files." placeholder:"DIR"`
	AccessLog    *string  `help:"A log line for each request: off, sampled or full." placeholder:"MODE"`
	LogLevel     *string  `help:"debug, info, warn or error." placeholder:"LEVEL"`
	Set          []string `help:"Any setting by its key, such as limits.idle=30s; may be repeated." placeholder:"KEY=VALUE" sep:"none"`
}

// settings are the flags that were given, by key path.
func (f *configFlags) settings() (map[string]string, error) {
	m := map[string]string{}
	for _, s := range f.Set {
		key, value, ok := strings.Cut(s, "=")
		if !ok {
			return nil, fmt.Errorf("--set %s: write KEY=VALUE", s)
		}
		m[key] = value
	}
	for _, v := range []struct {
		key  string
		text *string
	}{
		{"root", f.Root}, {"listen", f.Listen}, {"admin", f.Admin}, {"tls.listen", f.TLSListen}, {"tls.cert", f.TLSCert},
		{"tls.key", f.TLSKey}, {"cache_dir", f.CacheDir}, {"log.access", f.AccessLog}, {"log.level", f.LogLevel},
	} {
		if v.text != nil {
			m[v.key] = *v.text
		}
	}
	if f.RequireToken != nil {
		m["require_token"] = fmt.Sprint(*f.RequireToken)
	}
	return m, nil
}
