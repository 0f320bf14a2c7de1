package main

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

const prSetChildSubreaper = 36

// becomeSubreaper makes orphaned descendants our children, so that none escapes killDescendants.
func becomeSubreaper() error {
	_, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

func start(c command) (int, error) {
	path, err := exec.LookPath(c.Argv[0])
	if err != nil {
		return 0, err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	log, err := os.OpenFile(c.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	return syscall.ForkExec(path, c.Argv, &syscall.ProcAttr{
		Env:   os.Environ(),
		Files: []uintptr{null.Fd(), log.Fd(), log.Fd()},
		Sys:   &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL},
	})
}

// runToEnd runs one of the last commands; a failure is no reason to keep the rest.
func runToEnd(c command) {
	pid, err := start(c)
	for err == nil || err == syscall.EINTR {
		_, err = syscall.Wait4(pid, nil, 0, nil)
		if err == nil {
			return
		}
	}
}

// reap collects every child that has ended; those that nobody named are adopted orphans.
func reap(names map[int]string) {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		name, ours := names[pid]
		if !ours {
			continue
		}
		delete(names, pid)
		code := status.ExitStatus()
		if status.Signaled() {
			code = 128 + int(status.Signal())
		}
		report(event{Name: name, Exit: &code})
	}
}

// killDescendants returns when no child is left. Process 1 of a pid namespace counts as ended only after
// all processes in that namespace have, so mounts, links and rules of the namespaces are gone by then.
func killDescendants() {
	for {
		for _, pid := range childPids() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		_, err := syscall.Wait4(-1, nil, 0, nil)
		if err == syscall.ECHILD {
			return
		}
	}
}

// childPids cannot name a stranger: an unreaped child keeps its pid.
func childPids() []int {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return nil
	}
	var pids []int
	for _, thread := range threads {
		list, err := os.ReadFile("/proc/self/task/" + thread.Name() + "/children")
		if err != nil {
			continue
		}
		for _, field := range strings.Fields(string(list)) {
			if pid, err := strconv.Atoi(field); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}
