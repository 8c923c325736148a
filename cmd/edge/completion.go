package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

func (c *completionCmd) Help() string {
	return "bash: source <(edge completion bash)\nzsh:  source <(edge completion zsh)\nfish: edge completion fish | source"
}

func (c *completionCmd) Run(app *kong.Application) error { return complete(os.Stdout, c.Shell, app) }

// complete writes a script made of the commands and flags that there are.
func complete(w io.Writer, shell string, app *kong.Application) error {
	var b strings.Builder
	var names []string
	words := map[string][]string{}
	help := map[string]string{}
	for _, cmd := range app.Children {
		names = append(names, cmd.Name)
		help[cmd.Name] = cmd.Help
		for _, f := range cmd.Flags {
			words[cmd.Name] = append(words[cmd.Name], "--"+f.Name)
		}
	}
	if shell == "fish" {
		for _, n := range names {
			fmt.Fprintf(&b, "complete -c edge -n __fish_use_subcommand -a %s -d %q\n", n, help[n])
			for _, f := range words[n] {
				cond := "__fish_seen_subcommand_from " + n
				if n == "serve" {
					cond = "__fish_use_subcommand; or " + cond
				}
				fmt.Fprintf(&b, "complete -c edge -n %q -l %s\n", cond, strings.TrimPrefix(f, "--"))
			}
		}
		_, err := io.WriteString(w, b.String())
		return err
	}
	if shell == "zsh" {
		b.WriteString("autoload -U +X bashcompinit && bashcompinit\n")
	}
	fmt.Fprintf(&b, "_edge() {\n  local cur=${COMP_WORDS[COMP_CWORD]} words\n  case ${COMP_WORDS[1]} in\n")
	for _, n := range names {
		fmt.Fprintf(&b, "    %s) words=%q ;;\n", n, strings.Join(words[n], " "))
	}
	fmt.Fprintf(&b, "    *) words=%q ;;\n  esac\n", strings.Join(append(names, words["serve"]...), " "))
	b.WriteString("  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$cur\"))\n}\ncomplete -F _edge edge\n")
	_, err := io.WriteString(w, b.String())
	return err
}
