// Command echo is the application of the test bed's meshes.
//
//	echo serve                       answers every request on $PORT (8080) with JSON about that request
//	echo get [-n N] [-t 5s] [-X POST] [-H k:v]... [-v] URL   calls URL N times and prints how often each answer came
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"
)

// Reply is what serve answers.
type Reply struct {
	Version string      `json:"version"`
	Pod     string      `json:"pod"`
	Method  string      `json:"method"`
	Host    string      `json:"host"`
	Path    string      `json:"path"`
	Headers http.Header `json:"headers"`
}

func main() {
	command, arguments := "serve", os.Args[1:]
	if len(arguments) > 0 {
		command, arguments = arguments[0], arguments[1:]
	}
	var err error
	switch command {
	case "serve":
		err = serve()
	case "get":
		err = get(arguments)
	default:
		err = fmt.Errorf("unknown command %q; use serve or get", command)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
}

func serve() error {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	version, pod := os.Getenv("VERSION"), os.Getenv("HOSTNAME")
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		reply := Reply{version, pod, r.Method, r.Host, r.URL.Path, r.Header}
		if err := json.NewEncoder(w).Encode(reply); err != nil {
			fmt.Fprintln(os.Stderr, "echo: write:", err)
		}
	})
	server := &http.Server{Addr: ":" + port, Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	fmt.Println("listening on", server.Addr)
	return server.ListenAndServe()
}
