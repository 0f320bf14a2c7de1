package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

type headers []string

func (h *headers) String() string { return strings.Join(*h, ", ") }

func (h *headers) Set(pair string) error {
	if !strings.Contains(pair, ":") {
		return errors.New("want name:value")
	}
	*h = append(*h, pair)
	return nil
}

type client struct {
	http    *http.Client
	method  string
	url     string
	headers headers
	verbose bool
}

// get prints one line per kind of answer, "<count>  <status> <version>", the most frequent first, then the times.
// An answer that is no JSON of serve shows its first bytes; a failed call shows its error.
func get(arguments []string) error {
	flags := flag.NewFlagSet("get", flag.ExitOnError)
	count := flags.Int("n", 1, "number of calls, one after the other")
	timeout := flags.Duration("t", 5*time.Second, "limit of one call")
	method := flags.String("X", http.MethodGet, "method")
	keepAlive := flags.Bool("keepalive", true, "reuse the connection")
	verbose := flags.Bool("v", false, "print each answer in full")
	var extra headers
	flags.Var(&extra, "H", "header name:value, repeatable")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if flags.NArg() != 1 || *count < 1 {
		return errors.New("get wants one URL and -n of at least 1")
	}
	transport := &http.Transport{DisableKeepAlives: !*keepAlive}
	c := client{&http.Client{Timeout: *timeout, Transport: transport}, *method, flags.Arg(0), extra, *verbose}

	seen := map[string]int{}
	var total, longest time.Duration
	for range *count {
		start := time.Now()
		seen[c.call()]++
		took := time.Since(start)
		total += took
		longest = max(longest, took)
	}
	printCounts(seen)
	mean := total / time.Duration(*count)
	fmt.Printf("mean %s max %s\n", mean.Round(10*time.Microsecond), longest.Round(time.Millisecond))
	return nil
}

// call makes one request and says in one line what came back.
func (c client) call() string {
	request, err := http.NewRequest(c.method, c.url, nil)
	if err != nil {
		return "error " + err.Error()
	}
	for _, pair := range c.headers {
		name, value, _ := strings.Cut(pair, ":")
		request.Header.Set(name, strings.TrimSpace(value))
	}
	response, err := c.http.Do(request)
	if err != nil {
		return "error " + err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return "error " + err.Error()
	}
	if c.verbose {
		fmt.Fprintln(os.Stdout, response.Status, response.Header, string(body))
	}
	var reply Reply
	if json.Unmarshal(body, &reply) == nil && reply.Version != "" {
		return fmt.Sprintf("%d %s", response.StatusCode, reply.Version)
	}
	return fmt.Sprintf("%d (%.80s)", response.StatusCode, strings.TrimSpace(string(body)))
}

func printCounts(seen map[string]int) {
	answers := make([]string, 0, len(seen))
	for answer := range seen {
		answers = append(answers, answer)
	}
	slices.SortFunc(answers, func(a, b string) int {
		if seen[a] != seen[b] {
			return seen[b] - seen[a]
		}
		return strings.Compare(a, b)
	})
	for _, answer := range answers {
		fmt.Printf("%5d  %s\n", seen[answer], answer)
	}
}
