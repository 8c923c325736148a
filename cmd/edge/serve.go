package main

import (
	"context"
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"segue/cmd/internal/serve"
	"segue/edge"
	"segue/internal/conf"
	"segue/web"
)

type serveCmd struct{ configFlags }

func (c *serveCmd) Run(*kong.Application) error {
	load, err := c.loader()
	if err != nil {
		return err
	}
	cfg, err := load()
	if err != nil {
		return err
	}
	return serve.Run(context.Background(), serve.Process{
		Config: cfg, Load: load, File: c.Config, Pages: web.Pages(), Log: os.Stderr,
	})
}

func (f *configFlags) loader() (func() (edge.Config, error), error) {
	flags, err := f.settings()
	if err != nil {
		return nil, err
	}
	return func() (edge.Config, error) { return serve.Load(edge.Defaults(), f.Config, flags) }, nil
}

type checkConfigCmd struct{ configFlags }

func (c *checkConfigCmd) Run(*kong.Application) error {
	load, err := c.loader()
	if err != nil {
		return err
	}
	cfg, err := load()
	if err != nil {
		return err
	}
	if err := edge.Check(cfg); err != nil {
		return err
	}
	for _, name := range serve.Strangers() {
		fmt.Fprintf(os.Stderr, "edge: warning: %s names no setting; docs/configuration.md lists those that do\n", name)
	}
	return conf.Print(os.Stdout, cfg)
}
