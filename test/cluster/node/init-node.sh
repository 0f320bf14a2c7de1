#!/bin/bash
# Runs once inside a test node's fresh namespaces, then becomes their process 1: the pause binary, which reaps orphans.
# Environment: STATE (the node's state folder), NODE (its name), PAUSE (path of that binary).
set -euo pipefail

# A peer group of our own: kubelet needs shared mounts, and the host sees none of them.
mount --make-rshared /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/netns /run/lock

# Removing a folder detaches what is mounted on it in every mount namespace of the machine. So no folder of the host is
# ever made, mounted on or removed here: private file systems hide /var/lib and /var/log, and our folders lie in those.
mkdir -p "$STATE"/{kubelet,cni-state,pod-logs,container-logs}
mount -t tmpfs -o mode=755 tmpfs /var/lib
mount -t tmpfs -o mode=755 tmpfs /var/log
mkdir -p /var/lib/{kubelet,cni} /var/log/{pods,containers}
mount --bind "$STATE/kubelet" /var/lib/kubelet
mount --bind "$STATE/cni-state" /var/lib/cni
mount --bind "$STATE/pod-logs" /var/log/pods
mount --bind "$STATE/container-logs" /var/log/containers

# kubelet writes these settings of the whole machine: show it files that hold its values already.
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
  kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  name=${setting%%=*}
  mkdir -p "/run/sysctl/${name%/*}"
  echo "${setting#*=}" > "/run/sysctl/$name"
  if [ -e "/proc/sys/$name" ]; then mount --bind "/run/sysctl/$name" "/proc/sys/$name"; fi
done

hostname "$NODE"
ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
touch "$STATE/namespaces-ready"
exec "$PAUSE"
