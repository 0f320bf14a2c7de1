package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const cgroupRoot = "/sys/fs/cgroup"

func cleanUp(cgroup, folder string) error {
	return errors.Join(removeCgroup(cgroup), removeFolder(folder))
}

// removeCgroup removes the group and its children from every hierarchy.
// The kernel may call a group busy for a moment after its last process is gone.
func removeCgroup(name string) error {
	if name == "" {
		return nil
	}
	deadline := time.Now().Add(10 * time.Second)
	for {
		groups, err := filepath.Glob(filepath.Join(cgroupRoot, "*", name))
		if err != nil || len(groups) == 0 {
			return err
		}
		for _, group := range groups {
			err = errors.Join(err, removeTree(group))
		}
		if err != nil && time.Now().After(deadline) {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// removeTree removes folders only: the files of a control group cannot be removed.
func removeTree(root string) error {
	var folders []string
	walk := func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			folders = append(folders, path)
		}
		return nil
	}
	if err := filepath.WalkDir(root, walk); err != nil {
		return err
	}
	for _, folder := range slices.Backward(folders) {
		if err := os.Remove(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// removeFolder refuses when something is mounted below: removing would reach into the mounted files.
func removeFolder(folder string) error {
	if folder == "" {
		return nil
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(mounts)) {
		fields := strings.Fields(line)
		if len(fields) > 1 && strings.HasPrefix(fields[1], folder+"/") {
			return fmt.Errorf("not removing %s: %s is still mounted", folder, fields[1])
		}
	}
	return os.RemoveAll(folder)
}
