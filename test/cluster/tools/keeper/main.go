// Command keeper starts the processes of one test cluster and ends all of them when its standard input closes,
// that is: when the test stops the cluster, and also when the test process dies in whatever way.
//
// Input: one JSON object per line, {"name","argv","log"}: start argv, output appended to the file log;
// with "atEnd": true keep it for the end, and answer with pid 0.
// Output: one JSON object per line, {"name","pid"} when started, {"name","error"} when not, {"name","exit"} at its end.
// At the end it runs the commands kept for that, kills every descendant, waits for them, and removes what -cgroup and -remove name.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

type command struct {
	Name  string   `json:"name"`
	Argv  []string `json:"argv"`
	Log   string   `json:"log"`
	AtEnd bool     `json:"atEnd"`
}

type event struct {
	Name  string `json:"name"`
	Pid   *int   `json:"pid,omitempty"`
	Exit  *int   `json:"exit,omitempty"`
	Error string `json:"error,omitempty"`
}

func main() {
	remove := flag.String("remove", "", "folder to remove at the end")
	cgroup := flag.String("cgroup", "", "name of the control group to remove from every hierarchy at the end")
	flag.Parse()

	// Children die with the thread that started them (Pdeathsig), so only the main thread starts any.
	runtime.LockOSThread()
	if err := becomeSubreaper(); err != nil {
		fmt.Fprintln(os.Stderr, "keeper:", err)
		os.Exit(1)
	}
	for _, c := range run(readCommands()) {
		runToEnd(c)
	}
	killDescendants()
	if err := cleanUp(*cgroup, *remove); err != nil {
		fmt.Fprintln(os.Stderr, "keeper:", err)
		os.Exit(1)
	}
}

// run serves commands until their end or a SIGTERM, and returns those kept for then.
func run(commands <-chan command) (atEnd []command) {
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP, syscall.SIGPIPE)
	children := make(chan os.Signal, 1)
	signal.Notify(children, syscall.SIGCHLD)
	terminate := make(chan os.Signal, 1)
	signal.Notify(terminate, syscall.SIGTERM)

	names := map[int]string{}
	for {
		select {
		case c, more := <-commands:
			if !more {
				return atEnd
			}
			if c.AtEnd {
				atEnd = append(atEnd, c)
				report(event{Name: c.Name, Pid: new(int)})
				continue
			}
			pid, err := start(c)
			if err != nil {
				report(event{Name: c.Name, Error: err.Error()})
				continue
			}
			names[pid] = c.Name
			report(event{Name: c.Name, Pid: &pid})
		case <-children:
			reap(names)
		case <-terminate:
			return atEnd
		}
	}
}

func readCommands() <-chan command {
	commands := make(chan command)
	go func() {
		defer close(commands)
		lines := bufio.NewScanner(os.Stdin)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var c command
			if err := json.Unmarshal(lines.Bytes(), &c); err != nil || len(c.Argv) == 0 {
				report(event{Name: c.Name, Error: fmt.Sprintf("not a command: %q", lines.Text())})
				continue
			}
			commands <- c
		}
	}()
	return commands
}

// report writes one event. Nobody may be listening any more: then the closed input ends us anyway.
func report(e event) {
	line, _ := json.Marshal(e)
	_, _ = os.Stdout.Write(append(line, '\n'))
}
